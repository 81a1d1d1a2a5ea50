// Compiled against gradus64, unlike the rest of the program.
#include "maximize/app/gradchecks.h"

#include <algorithm>
#include <memory>

#include "autograd/error.h"
#include "autograd/gradcheck/gradcheck.h"
#include "autograd/ops.h"
#include "autograd/random.h"
#include "maximize/app/double/op_checks.h"
#include "model/cnn.h"
#include "model/gpt.h"
#include "nn/init.h"

namespace gradus::app {
namespace {

// What one check found, an argument a line.
void add(Gradchecks& all, const std::string& op, const Gradcheck& check, const Parameters& parameters) {
  for (const Parameter* p : parameters) {
    GradcheckedArgument argument{.op = op, .argument = p->name(), .passed = true};
    for (const GradcheckRow& row : check.rows) {
      if (row.parameter != p->name()) continue;
      ++argument.elements;
      argument.error = std::max(argument.error, row.error);
      argument.estimate = std::max(argument.estimate, row.estimate);
      argument.undecided += row.verdict == GradientVerdict::undecided;
    }
    // Of a failed check the arguments are right that no failure is about, where all failures are about one.
    for (const GradcheckFinding& f : check.failures)
      if (f.parameter.empty() || f.parameter == p->name()) {
        argument.passed = false;
        argument.failed |= !f.undecided;
      }
    all.arguments.push_back(argument);
  }
  if (!check.passed) all.reports += op + ": " + check.report() + "\n";
}

// Random values may leave nothing to check: a maximum that never takes one of its arguments, a relu layer that is off
// everywhere. Then others are drawn, by another seed, until every argument has a gradient that is not zero, by the tape or
// by differences: a gradient that is never written is still found. `check` draws and checks.
template <class Check>
Gradcheck informative(std::uint64_t seed, const Check& check) {
  constexpr int draws = 20;
  Gradcheck found;
  Random seeds(seed, "gradcheck.again");
  for (int draw = 0; draw < draws; ++draw) {
    found = check(draw == 0 ? seed : seeds.bits());
    if (!found.nothing_to_check) break;
  }
  return found;
}

void check_op(Gradchecks& all, const OpCheck& op, std::uint64_t seed) {
  std::vector<std::unique_ptr<Parameter>> owned;
  Parameters parameters;
  for (const Argument& a : op.arguments) {
    owned.push_back(std::make_unique<Parameter>(a.name, a.shape));
    parameters.push_back(owned.back().get());
  }
  const auto function = [&](Tape& t) {
    std::vector<Var> v;
    for (const Parameter* p : parameters) v.push_back(t.leaf(*p));
    return op.function(v);
  };
  const auto check = [&](std::uint64_t drawn) {
    for (std::size_t k = 0; k < owned.size(); ++k) {
      const Argument& a = op.arguments[k];
      Random random(drawn, std::string("gradcheck.") + op.op + "." + a.name);
      for (Real& v : owned[k]->mutable_value().values()) v = random.uniform(a.low, a.high);
    }
    return gradcheck(function, parameters, {.seed = drawn});
  };
  add(all, op.op, informative(seed, check), parameters);
}

// Small enough to check every element. Weights larger than at a start of training: no gradient is small by accident.
void check_gpt(Gradchecks& all, std::uint64_t seed) {
  TinyGpt gpt({.vocab_size = 7, .block_size = 5, .n_layer = 2, .n_head = 2, .n_embd = 8});
  for (Parameter* p : gpt.parameters()) fill_normal(*p, p->name().find("ln_") != std::string::npos ? 1 : 0, 0.3, seed);
  const IndexTensor tokens{{2, 5}, {0, 3, 6, 3, 1, 1, 2, 5, 4, 0}};
  const std::vector<Index> targets = {3, 6, 3, 1, ignore_index, 2, 5, 4, 0, 6};
  GradcheckOptions options;
  options.seed = seed;
  const auto of_input = [&](Parameter& p, auto function) { add(all, "gpt", gradcheck(function, {&p}, options), {&p}); };
  add(all, "gpt", gradcheck([&](Tape& t) { return cross_entropy(gpt(t, tokens), targets); }, gpt.parameters(), options),
      gpt.parameters());
  Parameter embeddings("embeddings", Shape{2, 3, 8}), one_hot("one-hot tokens", Shape{2, 3, 7});
  fill_normal(embeddings, 0, 1, seed);
  of_input(embeddings, [&](Tape& t) { return gpt(t.leaf(embeddings)); });
  one_hot.mutable_value().fill(0);
  for (Index i = 0; i < 6; ++i) one_hot.mutable_value()[i * 7 + tokens.values[i]] = 1;
  of_input(one_hot, [&](Tape& t) { return gpt(matmul(t.leaf(one_hot), t.leaf(gpt.wte.weight))); });
}

void check_cnn(Gradchecks& all, std::uint64_t seed) {
  TinyCnn cnn({.channels1 = 2, .channels2 = 3, .hidden = 5, .classes = 4, .side = 12});
  Parameter images("images", Shape{2, 1, 12, 12});
  const std::vector<Index> labels = {1, 3};
  Parameters parameters = cnn.parameters();
  parameters.push_back(&images);
  const auto check = [&](std::uint64_t drawn) {
    cnn.initialize(drawn);
    fill_uniform(images, 0, 1, drawn);
    return gradcheck([&](Tape& t) { return cross_entropy(cnn(t.leaf(images)), labels); }, parameters, {.seed = drawn});
  };
  add(all, "cnn", informative(seed, check), parameters);
}

}  // namespace

std::vector<std::string> gradcheck_names() {
  std::vector<std::string> names;
  for (const OpCheck& check : op_checks()) names.emplace_back(check.op);
  names.insert(names.end(), {"gpt", "cnn"});
  return names;
}

Gradchecks run_gradchecks(const std::string& op, std::uint64_t seed) {
  Gradchecks all;
  for (const OpCheck& check : op_checks())
    if (op.empty() || op == check.op) check_op(all, check, seed);
  if (op.empty() || op == "gpt") check_gpt(all, seed);
  if (op.empty() || op == "cnn") check_cnn(all, seed);
  if (all.arguments.empty())
    throw InputError("gradcheck: expected an op of autograd/ops.h, or gpt or cnn, got '" + op + "'");
  return all;
}

}  // namespace gradus::app
