#include "maximize/searches/exhaustive.h"

#include <limits>

#include "autograd/ops.h"
#include "tests/catch.h"
#include "tests/maximize/small.h"

using namespace gradus;

namespace {

// Texts of five words, each a number: 0, 1, 3, -2, 0.5. `pair` (B, T, 1) at a token is 10 times the word before, plus its own.
struct Words final : Model {
  Parameter table{"table", Tensor(Shape{5, 1}, {0, 1, 3, -2, 0.5})};
  Var operator()(Operand x) const override {
    Tape& t = x.var.tape();
    const Index T = x.var.shape()[1];
    const Var before = slice(pad(x, 1, 1, 0), 1, 0, T);
    return t.name(before * 10 + x, "pair");
  }
  Shape input_shape(Index n) const override { return {n, 4, 1}; }
  Parameters parameters() override { return {&table}; }
  const Parameter* token_embeddings() const override { return &table; }
};

std::vector<RankedText> best_of(TextValues& values, int keep) {
  Exhaustion all(values, keep);
  while (!all.done()) all.next();
  CHECK(all.tried() == all.texts());
  return all.best();
}

}  // namespace

TEST_CASE("exhaust: of all pairs of five words the best ones, worked by hand") {
  Words words;
  TextValues values(words, unit("pair:0,last"), 2);
  // 10 * 3 + 3 = 33 is the highest, then 30 + 1, 30 + 0.5, 30 + 0, 30 - 2; then 10 * 1 + 3.
  const auto best = best_of(values, 6);
  REQUIRE(best.size() == 6);
  const double expected[6] = {33, 31, 30.5, 30, 28, 13};
  const std::vector<Index> tokens[6] = {{2, 2}, {2, 1}, {2, 4}, {2, 0}, {2, 3}, {1, 2}};
  for (int i = 0; i < 6; ++i) {
    CHECK(best[i].value == expected[i]);
    CHECK(best[i].tokens == tokens[i]);
  }
}

TEST_CASE("exhaust: mean, spread and ends are those of all texts") {
  Words words;
  TextValues values(words, unit("pair:0,last"), 2);
  Exhaustion all(values, 1);
  while (!all.done()) all.next();
  // The words' mean is 0.5 and their mean square 14.25 / 5 = 2.85, so their variance is 2.6: 11 * 0.5 and (100 + 1) * 2.6.
  CHECK(all.texts() == 25);
  CHECK(all.mean() == Approx(5.5));
  CHECK(all.standard_deviation() == Approx(std::sqrt(101 * 2.6)));
  CHECK(all.highest() == 33);
  CHECK(all.lowest() == -22);
}

TEST_CASE("exhaust: equal values come in the order of their ids, and no more are kept than asked for") {
  Words words;
  words.table.mutable_value().fill(1);
  TextValues values(words, unit("pair:0,last"), 3);
  const auto best = best_of(values, 4);
  REQUIRE(best.size() == 4);
  for (Index i = 0; i < 4; ++i) CHECK(best[i].tokens == std::vector<Index>{0, 0, i});
  CHECK(best_of(values, 1000).size() == 125);
}

TEST_CASE("exhaust: a text's value is the same alone and among others, and on any number of threads") {
  Words words;
  TextValues among(words, unit("pair:0"), 4, 2), alone(words, unit("pair:0"), 4, 1);
  for (const RankedText& text : best_of(among, 625)) CHECK(alone(text.tokens) == std::vector<double>{text.value});
}

TEST_CASE("exhaust: errors") {
  using Catch::Matchers::Contains;
  Words words;
  Small images;
  CHECK_THROWS_WITH(TextValues(images, unit("logits:1"), 2), Contains("expected a model of texts"));
  CHECK_THROWS_WITH(TextValues(words, unit("pair:0"), 5),
                    Contains("expected texts of 1 to 4 tokens, the model's context, got 5"));
  CHECK_THROWS_WITH(TextValues(words, unit("pair:0"), 0), Contains("got 0"));
  CHECK_THROWS_WITH(TextValues(words, unit("pair:7"), 2), Contains("pair:7"));
  TextValues values(words, unit("pair:0"), 2);
  CHECK_THROWS_WITH(Exhaustion(values, 0), Contains("at least one text, got 0"));
  words.table.mutable_value()[4] = std::numeric_limits<Real>::infinity();
  Exhaustion all(values, 1);
  CHECK_THROWS_WITH(all.next(), Contains("is not finite for one of the texts"));
}
