#include "maximize/searches/gradient_search.h"

#include <algorithm>

#include "autograd/error.h"
#include "maximize/both_directions.h"
#include "maximize/parametrizations/embeddings.h"
#include "maximize/penalties.h"
#include "maximize/searches/recorder.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The model's input as the parametrization stands.
Tensor present_input(const Parametrization& parametrization) {
  Tape t({}, 1);
  return Tensor(parametrization.input(t).value());
}

// Whether all that the model contributes is 0 for every start.
bool is_dead(const Objective& objective, const Tape& t) {
  for (const auto& [weight, name, term] : objective.terms()) {
    if (term->address == "input") continue;
    const Tensor& values = t.find("objective." + name).value();
    if (std::any_of(values.values().begin(), values.values().end(), [](Real v) { return v != 0; })) return false;
  }
  return true;
}

}  // namespace

void GradientSearch::draw_start(const Model& model, const Objective& objective, Record& record) {
  record.draws = std::min(how_.draws, 1);
  if (how_.draws == 0) return;
  for (;; ++record.draws) {
    input_.start(how_.seed + (static_cast<std::uint64_t>(record.draws - 1) << 32));
    if (how_.draws == 1) return;
    Tape t({}, how_.threads);
    const Var x = t.constant(present_input(input_));
    objective(model, x);
    record.spent += x.shape()[0];
    if (!is_dead(objective, t)) return;
    if (record.draws == how_.draws)
      throw Error("maximize: " + objective.str() + " is 0 on " + std::to_string(how_.draws) +
                  " different starts; it seems to be dead");
  }
}

Record GradientSearch::run(const Model& model, const Objective& objective, std::int64_t budget, OnMoment watch) {
  Record record;
  draw_start(model, objective, record);
  Tensor before = present_input(input_);  // the input of the step that comes next
  const Index N = before.shape()[0], step_cost = 2 * N * (how_.transform ? how_.transform->copies() : 1);
  if (budget - record.spent < N)
    throw InputError("search: expected a budget of at least " + std::to_string(record.spent + N) +
                     " forward-equivalents, got " + std::to_string(budget));
  const auto paid = (budget - record.spent - N) / step_cost;
  const int steps = static_cast<int>(std::min<std::int64_t>(how_.steps, paid));

  Recorder recorder(record, objective, N, steps, how_.snapshots);
  Optimizer optimizer = std::visit([](auto rule) { return Optimizer(rule); }, how_.optimizer);
  maximize(model, input_, objective, how_.transform, std::move(optimizer), Budget(steps, 0, how_.threads),
           [&](const Step& s) {
             const Var x = s.tape.find("input");
             const bool moved = x.node().moving >= 0;  // a leaf shows the parameter itself, which has made its step
             recorder.add(s.tape, moved ? before : x.value());
             if (moved) before = x.value();
             record.spent += step_cost;
             record.leaf_gradients = s.tape.counts().leaf_gradients;
             record.stopped = !watch({s.step + 1, -s.loss / static_cast<double>(N), record.spent, s.tape});
             return !record.stopped;
           });

  Tape t({}, how_.threads);
  const Var end = t.constant(present_input(input_));
  objective(model, end);
  record.spent += N;
  recorder.finish(t, end.value());
  return record;
}

Record maximize_embeddings(const Model& model, const Objective& raised, const EmbeddingSearch& how, OnMoment watch) {
  const Parameter* table = model.token_embeddings();
  if (!table) throw InputError("maximize: expected a model of texts, with a table of token embeddings");
  const Index context = model.input_shape(1)[1];
  if (how.vectors > context)
    throw InputError("maximize: expected at most " + std::to_string(context) + " vectors, the model's context, got " +
                     std::to_string(how.vectors));
  Embeddings embeddings(*table, 1, how.vectors);
  GradientSearch search(embeddings, {.steps = how.steps,
                                     .optimizer = Adam{how.lr},
                                     .snapshots = how.snapshots,
                                     .seed = how.seed,
                                     .threads = how.threads});
  Record record = search.run(model, raised - how.lambda * squared_length(), Search::no_limit, watch);
  record.settings = {{"lr", how.lr}, {"lambda", how.lambda}, {"vectors", static_cast<std::int64_t>(how.vectors)}};
  return record;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
