// Compiled against gradus64, unlike the rest of the program.
#include "maximize/app/gradchecks.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "autograd/error.h"
#include "autograd/gradcheck/gradcheck.h"
#include "autograd/ops.h"
#include "autograd/random.h"
#include "model/cnn.h"
#include "model/gpt.h"
#include "nn/init.h"

namespace gradus::app {
namespace {

struct Argument {
  const char* name;
  Shape shape;
  double low = -2, high = 2;
};

using X = std::span<const Var>;
struct OpCheck {
  const char* op;
  std::vector<Argument> arguments;
  std::function<Var(X)> function;
};

// Sizes differ from axis to axis; values stay away from poles, and kinks and ties are left to chance.
std::vector<OpCheck> op_checks() {
  const Argument x{"x", {3, 4}}, a{"a", {3, 4}}, row{"b", {4}}, positive{"x", {3, 4}, 0.5, 3};
  const Argument far_row{"b", {4}, 0.5, 2}, image{"x", {2, 3, 6, 5}}, qkv{"qkv", {2, 4, 18}};
  const auto text = [](const char* name) { return Argument{name, {2, 4, 6}}; };
  static const std::vector<Index> targets = {4, 0, ignore_index};
  return {
      {"add", {a, row}, [](X v) { return v[0] + v[1]; }},
      {"subtract", {a, row}, [](X v) { return v[0] - v[1]; }},
      {"multiply", {a, row}, [](X v) { return v[0] * v[1]; }},
      {"divide", {a, far_row}, [](X v) { return v[0] / v[1]; }},
      {"negate", {a}, [](X v) { return -v[0]; }},
      {"maximum", {a, row}, [](X v) { return maximum(v[0], v[1]); }},
      {"minimum", {a, row}, [](X v) { return minimum(v[0], v[1]); }},
      {"where",
       {a, row},
       [](X v) {
         return where(v[0].tape().constant(Tensor({3, 1}, {1, 0, 1})), v[0], v[1]);
       }},
      {"power", {positive}, [](X v) { return power(v[0], -1.5); }},
      {"exp", {x}, [](X v) { return exp(v[0]); }},
      {"log", {positive}, [](X v) { return log(v[0]); }},
      {"sqrt", {positive}, [](X v) { return sqrt(v[0]); }},
      {"square", {x}, [](X v) { return square(v[0]); }},
      {"abs", {x}, [](X v) { return abs(v[0]); }},
      {"clamp", {x}, [](X v) { return clamp(v[0], -0.75, 1.25); }},
      {"tanh", {x}, [](X v) { return tanh(v[0]); }},
      {"sigmoid", {x}, [](X v) { return sigmoid(v[0]); }},
      {"relu", {x}, [](X v) { return relu(v[0]); }},
      {"gelu", {x}, [](X v) { return gelu(v[0]); }},
      {"gelu_tanh", {x}, [](X v) { return gelu_tanh(v[0]); }},
      {"sum", {x}, [](X v) { return sum(v[0], {0}); }},
      {"mean", {x}, [](X v) { return mean(v[0], {-1}, true); }},
      {"max", {x}, [](X v) { return max(v[0], {1}); }},
      {"softmax", {x}, [](X v) { return softmax(v[0]); }},
      {"log_softmax", {x}, [](X v) { return log_softmax(v[0], 0); }},
      {"logsumexp", {x}, [](X v) { return logsumexp(v[0]); }},
      {"matmul", {{"a", {2, 3, 4}}, {"b", {4, 5}}}, [](X v) { return matmul(v[0], v[1]); }},
      {"linear", {{"x", {2, 3, 4}}, {"weight", {5, 4}}, {"bias", {5}}}, [](X v) { return linear(v[0], v[1], v[2]); }},
      {"conv1d_1x1",
       {{"x", {2, 3, 4}}, {"weight", {4, 5}}, {"bias", {5}}},
       [](X v) { return conv1d_1x1(v[0], v[1], v[2]); }},
      {"transpose", {x}, [](X v) { return transpose(v[0]); }},
      {"permute",
       {{"x", {2, 3, 4}}},
       [](X v) {
         return permute(v[0], {2, 0, 1});
       }},
      {"reshape",
       {x},
       [](X v) {
         return reshape(v[0], {2, -1});
       }},
      {"slice", {x}, [](X v) { return slice(v[0], 1, 0, 4, 3); }},
      {"pad", {x}, [](X v) { return pad(v[0], 0, 1, 2, 0.5); }},
      {"concat",
       {{"first", {3, 4}}, {"second", {3, 2}}},
       [](X v) {
         return concat({v[0], v[1]}, 1);
       }},
      {"stack",
       {{"first", {3, 4}}, {"second", {3, 4}}},
       [](X v) {
         return stack({v[0], v[1]}, 1);
       }},
      {"gather",
       {x},
       [](X v) {
         return gather(v[0], 1, {{3, 2}, {3, 0, 1, 1, 2, 3}});
       }},
      {"embedding",
       {{"weight", {5, 4}}},
       [](X v) {
         return embedding(v[0], {{2, 3}, {4, 0, 4, 1, 2, 4}});
       }},
      {"conv2d", {image, {"weight", {2, 3, 3, 2}}, {"bias", {2}}}, [](X v) { return conv2d(v[0], v[1], v[2], 2, 1); }},
      {"max_pool2d", {image}, [](X v) { return max_pool2d(v[0], 2); }},
      {"avg_pool2d", {image}, [](X v) { return avg_pool2d(v[0], 2); }},
      {"layer_norm",
       {{"x", {2, 3, 5}}, {"weight", {5}}, {"bias", {5}}},
       [](X v) { return layer_norm(v[0], v[1], v[2]); }},
      {"causal_attention",
       {text("q"), text("k"), text("v")},
       [](X v) { return causal_attention(v[0], v[1], v[2], 2); }},
      {"causal_attention_past",
       {{"q", {2, 3, 6}}, {"k", {2, 5, 6}}, {"v", {2, 5, 6}}},
       [](X v) { return causal_attention(v[0], v[1], v[2], 3); }},
      {"causal_attention_qkv", {qkv}, [](X v) { return causal_attention(v[0], 3); }},
      {"dropout",
       {x},
       [](X v) {
         v[0].tape().enable_dropout(1, 0);
         return dropout(v[0], 0.3);
       }},
      {"cross_entropy", {{"logits", {3, 5}}}, [](X v) { return cross_entropy(v[0], targets); }},
      {"mse_loss", {x, {"target", {3, 4}}}, [](X v) { return mse_loss(v[0], v[1]); }},
  };
}

// What one check found, an argument a line.
void add(Gradchecks& all, const std::string& op, const Gradcheck& check, const Parameters& parameters) {
  for (const Parameter* p : parameters) {
    GradcheckedArgument argument{op, p->name(), 0, 0, check.passed};
    for (const GradcheckRow& row : check.rows) {
      if (row.parameter != p->name()) continue;
      ++argument.elements;
      argument.error = std::max(argument.error, row.error);
    }
    // Of a failed check the arguments are right that no failure names, where all failures name one.
    if (!check.passed)
      argument.passed = std::all_of(check.failures.begin(), check.failures.end(), [&](const std::string& f) {
        return f.find('\'') != std::string::npos && f.find("'" + p->name() + "'") == std::string::npos;
      });
    all.arguments.push_back(argument);
  }
  if (!check.passed) all.reports += op + ": " + check.report() + "\n";
}

void check_op(Gradchecks& all, const OpCheck& op, std::uint64_t seed) {
  std::vector<std::unique_ptr<Parameter>> owned;
  Parameters parameters;
  for (const Argument& a : op.arguments) {
    owned.push_back(std::make_unique<Parameter>(a.name, a.shape));
    parameters.push_back(owned.back().get());
    Random random(seed, std::string("gradcheck.") + op.op + "." + a.name);
    for (Real& v : owned.back()->mutable_value().values()) v = random.uniform(a.low, a.high);
  }
  const auto function = [&](Tape& t) {
    std::vector<Var> v;
    for (const Parameter* p : parameters) v.push_back(t.leaf(*p));
    return op.function(v);
  };
  GradcheckOptions options;
  options.seed = seed;
  add(all, op.op, gradcheck(function, parameters, options), parameters);
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
  Parameter embeddings("embeddings", {2, 3, 8}), one_hot("one-hot tokens", {2, 3, 7});
  fill_normal(embeddings, 0, 1, seed);
  of_input(embeddings, [&](Tape& t) { return gpt.from_embeddings(t.leaf(embeddings)); });
  one_hot.mutable_value().fill(0);
  for (Index i = 0; i < 6; ++i) one_hot.mutable_value()[i * 7 + tokens.values[i]] = 1;
  of_input(one_hot, [&](Tape& t) { return gpt.from_embeddings(matmul(t.leaf(one_hot), t.leaf(gpt.wte.weight))); });
}

void check_cnn(Gradchecks& all, std::uint64_t seed) {
  TinyCnn cnn({.channels1 = 2, .channels2 = 3, .hidden = 5, .classes = 4, .side = 12});
  cnn.initialize(seed);
  Parameter images("images", {2, 1, 12, 12});
  fill_uniform(images, 0, 1, seed);
  const std::vector<Index> labels = {1, 3};
  Parameters parameters = cnn.parameters();
  parameters.push_back(&images);
  GradcheckOptions options;
  options.seed = seed;
  add(all, "cnn", gradcheck([&](Tape& t) { return cross_entropy(cnn(t.leaf(images)), labels); }, parameters, options),
      parameters);
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
