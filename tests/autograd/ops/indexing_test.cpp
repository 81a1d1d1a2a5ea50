#include "tests/autograd/check.h"

using namespace gradus;

TEST_CASE("gather: values by hand") {
  Tape t;
  const Var x = t.constant(Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
  REQUIRE(gather(x, 1, {{2, 2}, {2, 0, 1, 1}}).value().str() == "(2, 2) [3, 1, 5, 5]");
  REQUIRE(gather(x, 0, {{1, 3}, {1, 0, 1}}).value().str() == "(1, 3) [4, 2, 6]");
  REQUIRE(gather(x, -1, {{1, 4}, {0, 1, 2, 0}}).value().str() == "(1, 4) [1, 2, 3, 1]");
  REQUIRE(gather(x, 0, {{0, 3}, {}}).value().str() == "(0, 3) []");
}

TEST_CASE("embedding: values by hand") {
  Parameter w("w", Tensor({3, 2}, {1, 2, 3, 4, 5, 6}));
  Tape t({&w});
  const Var y = embedding(t.leaf(w), {{2, 2}, {2, 0, 2, 2}});
  REQUIRE(y.value().str() == "(2, 2, 2) [5, 6, 1, 2, 5, 6, 5, 6]");
  REQUIRE(embedding(t.leaf(w), {{}, {1}}).value().str() == "(2) [3, 4]");
  REQUIRE(embedding(t.leaf(w), {{0}, {}}).value().str() == "(0, 2) []");
  t.backward(y, Tensor({2, 2, 2}, {1, 10, 2, 20, 3, 30, 4, 40}));
  REQUIRE(t.grad(w).str() == "(3, 2) [2, 20, 0, 0, 8, 80]");
}

TEST_CASE("embedding: gradients of one row add up in the order of its picks") {
  Parameter w("w", Tensor({2, 1}, {1, 2}));
  Tape t({&w});
  t.backward(embedding(t.leaf(w), {{4}, {1, 0, 1, 1}}), Tensor({4, 1}, {1, 5, 1e20, -1e20}));
  REQUIRE(t.grad(w).str() == "(2, 1) [5, 0]");  // from the other end it would be 1
}

TEST_CASE("gradients of gather and embedding, with numbers that repeat") {
  Parameter x("x", random_tensor({2, 3, 4}, 1)), w("w", random_tensor({5, 3}, 2));
  require_gradient([&](Tape& t) { return gather(t.leaf(x), 1, {{2, 1, 3}, {0, 2, 2, 1, 1, 0}}); }, {&x});
  require_gradient([&](Tape& t) { return gather(t.leaf(x), -1, {{1, 2, 3}, {3, 3, 3, 0, 1, 3}}); }, {&x});
  require_gradient([&](Tape& t) { return gather(t.leaf(x), 0, {{3, 1, 1}, {1, 0, 1}}) * mean(t.leaf(x)); }, {&x});
  require_gradient([&](Tape& t) { return embedding(t.leaf(w), {{2, 3}, {4, 0, 4, 1, 4, 0}}); }, {&w});
  require_gradient(
      [&](Tape& t) {
        return embedding(t.leaf(w), {{2}, {3, 3}}) * embedding(t.leaf(w), {{2}, {3, 1}});
      },
      {&w});
}

TEST_CASE("embedding's gradient is the scatter's, with the same bits on any number of threads") {
  constexpr Index V = 1000, C = 7, P = 400;
  Parameter w("w", random_tensor({V, C}, 1));
  const Tensor g = random_tensor({P, C}, 2);
  std::vector<Index> ids;
  Random random(3, "ids");
  for (Index p = 0; p < P; ++p) ids.push_back(random.below(p % 2 ? V : 5));  // a few many times
  Tensor expected = Tensor::zeros({V, C});
  for (Index p = 0; p < P; ++p)
    for (Index c = 0; c < C; ++c) expected[ids[p] * C + c] += g[p * C + c];
  for (const int threads : {1, 3}) {
    Tape t({&w}, threads);
    t.backward(embedding(t.leaf(w), {{P}, ids}), g);
    REQUIRE(same_bits(t.grad(w), expected));
  }
}

TEST_CASE("errors of gather and embedding") {
  Tape t;
  const Var x = t.constant(Tensor::zeros({2, 3}));
  const std::string fit = "gather: expected an index of the rank of x (2, 3), no longer than it but along axis 1, got ";
  REQUIRE(error_in_scope(t, [&] { gather(x, 1, {{3, 1}, {0, 0, 0}}); }) == fit + "(3, 1)");
  REQUIRE(error_in_scope(t, [&] { gather(x, -1, {{2}, {0, 0}}); }) == fit + "(2)");
  REQUIRE(error_in_scope(t, [&] {
            gather(x, 1, {{2, 1}, {0, 3}});
          }) == "gather: expected numbers from 0 to 2, got 3 at position 1 of the index");
  REQUIRE(error_in_scope(t, [&] {
            gather(x, 1, {{2, 2}, {0, 1}});
          }) == "gather: expected 4 numbers for an index of shape (2, 2), got 2");
  REQUIRE(error_in_scope(t, [&] {
            gather(x, 2, {{2, 2}, {}});
          }) == "gather: expected an axis of (2, 3), from -2 to 1, got 2");
  REQUIRE(error_in_scope(t, [&] {
            embedding(x, {{2}, {1, -1}});
          }) == "embedding: expected numbers from 0 to 1, got -1 at position 1 of the index");
  REQUIRE(error_in_scope(t, [&] {
            embedding(x, {{3}, {1}});
          }) == "embedding: expected 3 numbers for an index of shape (3), got 1");
  REQUIRE(error_in_scope(t, [&] {
            embedding(t.constant(Tensor(Shape{4})), {{1}, {0}});
          }) == "embedding: expected weight (V, C), got (4)");
  REQUIRE(error_in_scope(t, [&] {
            embedding(x, {{1, 1, 1, 1, 1, 1}, {0}});
          }) == "embedding: expected ids of at most 5 axes, got (1, 1, 1, 1, 1, 1)");
}
