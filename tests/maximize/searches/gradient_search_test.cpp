// Gradient search: what it records, batches of starts, budgets.
#include "maximize/searches/gradient_search.h"

#include "maximize/parametrizations/embeddings.h"
#include "maximize/parametrizations/pixels.h"
#include "maximize/penalties.h"
#include "maximize/transforms.h"
#include "model/cnn.h"
#include "model/gpt.h"
#include "tests/autograd/check.h"
#include "tests/maximize/small.h"

using namespace gradus;

TEST_CASE("two units in one objective are both recorded at every step, and the sum beside them") {
  const Small small;
  Pixels pixels(small.input_shape(1));
  const Objective objective = 2 * unit("conv.relu:1") + 3 * unit("logits:1") - 0.5 * total_variation();
  const Record r = GradientSearch(pixels, {.steps = 10, .snapshots = 5}).run(small, objective, Search::no_limit, go_on);
  REQUIRE(r.objective == objective.str());
  REQUIRE(r.terms.size() == 3);
  REQUIRE(r.terms[1].name == "logits:1");
  REQUIRE(r.terms[1].weight == 3);
  REQUIRE(r.steps() == 10);
  for (std::size_t i = 0; i < 11; ++i)
    REQUIRE(r.total.values[i] == 2 * r.terms[0].values[i] + 3 * r.terms[1].values[i] + -0.5 * r.terms[2].values[i]);
  REQUIRE(r.terms[0].values.back() > r.terms[0].values.front());
  REQUIRE(r.terms[1].values.back() > r.terms[1].values.front());
  REQUIRE(r.snapshots.size() == 6);
  for (const Snapshot& shot : r.snapshots) {
    Tape t;
    objective(small, t.constant(shot.input));
    REQUIRE(t.find("objective.logits:1").value()[0] == r.terms[1].values[shot.step]);
  }
}

TEST_CASE("starts in one batch are independent: each image is what it is alone, bit for bit") {
  TinyCnn cnn(CnnConfig{.channels1 = 3, .channels2 = 5, .hidden = 6});
  cnn.initialize(3);
  const Jitter jitter(1, 5);
  const auto compare = [&](const Model& model, const Objective& objective, Parametrization& batch,
                           Parametrization& solo, const Transform* transform) {
    const GradientSearch::How how{.steps = 20, .draws = 0, .transform = transform};
    batch.start(4);
    const Tensor starts = batch.parameters()[0]->value();
    const Record together = GradientSearch(batch, how).run(model, objective, Search::no_limit, go_on);
    REQUIRE(together.starts == 3);
    REQUIRE(together.leaf_gradients == 1);
    for (Index i = 0; i < 3; ++i) {
      solo.parameters()[0]->mutable_value() = row(starts, i);
      const Record alone = GradientSearch(solo, how).run(model, objective, Search::no_limit, go_on);
      REQUIRE_FALSE(same_bits(alone.start(), alone.end()));
      REQUIRE(same_bits(alone.end(), row(together.end(), i)));
      REQUIRE(same_bits(alone.best.input, row(together.best.input, i)));
      for (int step = 0; step <= 20; ++step)
        REQUIRE(alone.terms[0].values[step] == together.terms[0].values[3 * step + i]);
    }
  };
  Pixels three(cnn.input_shape(3)), one(cnn.input_shape(1));
  compare(cnn, unit("conv2.relu:1") - 0.05 * mean_square() - 0.1 * total_variation(), three, one, &jitter);

  // Sizes that fill no whole vectors: each image of the batch begins at another place in memory.
  const Small small;
  Pixels three_small(small.input_shape(3)), one_small(small.input_shape(1));
  compare(small, unit("conv.relu:1") - 0.1 * total_variation(), three_small, one_small, nullptr);

  TinyGpt gpt(GptConfig{.vocab_size = 11, .block_size = 6, .n_layer = 2, .n_head = 2, .n_embd = 6});
  gpt.initialize(1);
  Embeddings texts(gpt.wte.weight, 3, 5), text(gpt.wte.weight, 1, 5);
  compare(gpt, unit("h.1.mlp.act:3") - 0.01 * squared_length(), texts, text, nullptr);
}

TEST_CASE("a search keeps to its budget, returns the best that it saw, and is the same when it is run again") {
  const Small small;
  Pixels pixels(small.input_shape(2));
  // The mean of x - 2 x^2 is largest at x = 1/4. Steps this long overshoot: the last input is not the best one.
  const Objective objective = unit("conv.relu:0") - 2 * mean_square();
  GradientSearch search(pixels, {.steps = 100, .optimizer = Sgd{.lr = 45000}, .draws = 5});
  for (const std::int64_t budget : {4, 7, 8, 30}) {  // 2 for the start, 4 a step, 2 for the end
    int shown = 0;
    const Record r = search.run(small, objective, budget, [&](const Moment& m) {
      REQUIRE(m.step == ++shown);
      REQUIRE(m.spent <= budget - 2);
      return true;
    });
    REQUIRE(r.spent <= budget);
    REQUIRE(r.steps() == (budget - 4) / 4);
    REQUIRE(shown == r.steps());
    REQUIRE(r.draws == 1);
  }
  const Record r = search.run(small, objective, 30, go_on);
  for (Index i = 0; i < 2; ++i) {
    double most = -1e300;
    for (int step = 0; step <= r.steps(); ++step) most = std::max(most, r.total.values[2 * step + i]);
    REQUIRE(r.best.values[i] == most);
    REQUIRE(most > r.total.values[2 * r.steps() + i]);
    Tape t;
    REQUIRE(objective(small, t.constant(row(r.best.input, i))).value()[0] == Approx(most).epsilon(1e-14));
  }
  const Record again = search.run(small, objective, 30, go_on);
  REQUIRE(same_bits(again.end(), r.end()));
  REQUIRE(again.total.values == r.total.values);
  REQUIRE_THROWS_WITH(search.run(small, objective, 3, go_on),
                      "search: expected a budget of at least 4 forward-equivalents, got 3");
  const Record stopped = search.run(small, objective, 100, [](const Moment& m) { return m.step < 3; });
  REQUIRE(stopped.stopped);
  REQUIRE(stopped.steps() == 3);
}
