// Normal training and reverse optimization are the same call with a different thing that moves.
//
//   training      the data is fixed     the weights move   to lower a loss
//   maximization  the weights are fixed  the input moves    to raise a unit's activation
//
// `descend` makes a tape that knows what moves. Every other leaf is frozen: no gradient is stored for it, or computed.
#include "maximize/both_directions.h"

#include "autograd/random.h"
#include "model/text/windows.h"

namespace gradus {
inline namespace GRADUS_REAL {

Progress train(TinyCnn& cnn, const Images& data, const Batches& batches, Optimizer optimizer, Budget budget,
               OnStep show) {
  const auto objective = [&](Tape& t, int step) {
    const Images batch = image_batch(data, batches.size, batches.seed, as_counter(step), batches.noise);
    return cross_entropy(cnn(t.constant(batch.pixels)), batch.labels);
  };
  return descend(cnn.parameters(), std::move(optimizer), budget, objective, show);
}

Progress train(TinyGpt& gpt, std::span<const Index> text, const Batches& batches, Optimizer optimizer, Budget budget,
               OnStep show) {
  const auto objective = [&](Tape& t, int step) {
    const auto [tokens, targets] = text_batch(text, batches.size, batches.length, batches.seed, as_counter(step));
    t.enable_dropout(batches.seed, as_counter(step));
    return cross_entropy(gpt(t, tokens), targets.values);
  };
  return descend(gpt.parameters(), std::move(optimizer), budget, objective, show);
}

// What moves are the pixels of an image, or the embeddings of a text; the objective is a unit, less its penalties.
Progress maximize(const Model& model, Parametrization& input, const Objective& raised, const Transform* transform,
                  Optimizer optimizer, Budget budget, OnStep show) {
  const auto objective = [&](Tape& t, int step) { return -sum(raised(model, input.input(t), transform, step)); };
  return descend(input.parameters(), std::move(optimizer), budget, objective, show);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
