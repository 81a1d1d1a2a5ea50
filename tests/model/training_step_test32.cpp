// A training step of both models, in float, where rounding shows most: the same bits for any number of threads, and
// node by node as by backward().
#include <algorithm>
#include <vector>

#include "autograd/ops.h"
#include "model/cnn.h"
#include "model/data/glyphs.h"
#include "model/gpt.h"
#include "model/text/windows.h"
#include "nn/optimizer.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

// The loss, all gradients and all weights after one step of AdamW; node by node where `stepped`.
template <class Model, class Loss>
std::vector<Tensor> training_step(Model& model, const Loss& loss, int threads, bool stepped) {
  model.initialize(3);
  const Parameters moving = model.parameters();
  Tape t(moving, threads);
  const Var l = loss(t);
  if (stepped) {
    t.begin_backward(l, Tensor::full({}, 1));
    while (t.step_back()) {
    }
  } else {
    t.backward(l);
  }
  std::vector<Tensor> all = {l.value()};
  for (const Parameter* p : moving) all.push_back(t.grad(*p));
  Optimizer optimizer = Optimizer(AdamW{.lr = 1e-2}).clip(0.5);
  optimizer.step(t, 0);
  for (const Parameter* p : moving) all.push_back(p->value());
  return all;
}

template <class Model, class Loss>
void check_bits(Model& model, const Loss& loss) {
  const std::vector<Tensor> one = training_step(model, loss, 1, false);
  REQUIRE(one.size() == 1 + 2 * model.parameters().size());
  for (const int threads : {1, 2, 4, 8}) {
    for (const bool stepped : {false, true}) {
      INFO(threads << " threads, " << (stepped ? "node by node" : "backward"));
      const std::vector<Tensor> other = training_step(model, loss, threads, stepped);
      REQUIRE(std::equal(one.begin(), one.end(), other.begin(), other.end(), same_bits));
    }
  }
}

}  // namespace

TEST_CASE("a training step of the CNN has the same bits with 1, 2, 4 and 8 threads, and node by node") {
  TinyCnn cnn(CnnConfig{});
  const Images batch = make_glyphs(1, 32);
  check_bits(cnn, [&](Tape& t) { return cross_entropy(cnn(t.constant(batch.pixels)), batch.labels); });
}

TEST_CASE("a training step of the GPT, with dropout, has the same bits with 1, 2, 4 and 8 threads, and node by node") {
  TinyGpt gpt({.vocab_size = 50, .block_size = 48, .n_layer = 2, .n_head = 4, .n_embd = 64, .dropout = 0.1});
  std::vector<Index> text;
  for (Index i = 0; i < 1000; ++i) text.push_back(i * i % 50);
  const TextBatch batch = text_batch(text, 6, 48, 1, 0);
  check_bits(gpt, [&](Tape& t) {
    t.enable_dropout(5, 0);
    return cross_entropy(gpt(t, batch.inputs), batch.targets.values);
  });
}
