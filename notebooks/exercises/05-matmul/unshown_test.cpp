#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the node that ran is yours, once forward and once backward") {
  Parameter A("A", Tensor({1, 2}, {1, 2})), B("B", Tensor({2, 1}, {3, 4}));
  Tape t({&A, &B});
  const Var a = t.leaf(A), b = t.leaf(B);
  t.backward(sum(my_matmul(a, b)));
  CHECK(only_exercise(t).forward_runs == 1);
  CHECK(only_exercise(t).backward_runs == 1);
  CHECK(ops(t) == "parameter parameter my_matmul sum");
}

TEST_CASE("rows, columns, and one number") {
  struct Sizes {
    Index M, K, N;
  };
  for (const auto& [M, K, N] : {Sizes{1, 3, 2}, {4, 1, 3}, {3, 5, 1}, {1, 1, 1}}) {
    Parameter A("A", Tensor::zeros({M, K})), B("B", Tensor::zeros({K, N}));
    for (Index j = 0; j < M * K; ++j) A.mutable_value()[j] = 0.4 * static_cast<Real>(j) - 0.9;
    for (Index j = 0; j < K * N; ++j) B.mutable_value()[j] = 1.3 - 0.5 * static_cast<Real>(j);
    INFO("(" << M << ", " << K << ") times (" << K << ", " << N << ")");
    CHECK_THAT(gradcheck([&](Tape& t) { return my_matmul(t.leaf(A), t.leaf(B)); }, {&A, &B}), PassesGradcheck());
  }
}

TEST_CASE("A times A: both sides are one node") {
  Parameter A("A", Tensor({2, 2}, {1, -2, 0.5, 3}));
  REQUIRE_THAT(gradcheck(
                   [&](Tape& t) {
                     const Var a = t.leaf(A);
                     return my_matmul(a, a);
                   },
                   {&A}),
               PassesGradcheck());
}

TEST_CASE("a frozen A gets no gradient, B its own") {
  Parameter A("A", Tensor({1, 2}, {1, 2})), B("B", Tensor({2, 1}, {3, 4}));
  Tape t({&B});
  const Var a = t.leaf(A), b = t.leaf(B);
  t.backward(sum(my_matmul(a, b)));
  CHECK_FALSE(a.node().has_grad);
  CHECK(t.grad(B)[0] == 1);
  CHECK(t.grad(B)[1] == 2);
}

TEST_CASE("it agrees with the library's matmul") {
  Parameter A("A", Tensor({2, 3}, {1, -2, 0.5, 3, -1, 0.25})), B("B", Tensor({3, 2}, {0.3, 1.5, -1, 2, 0.75, -0.5}));
  Tape mine({&A, &B}), theirs({&A, &B});
  mine.backward(sum(square(my_matmul(mine.leaf(A), mine.leaf(B)))));
  theirs.backward(sum(square(matmul(theirs.leaf(A), theirs.leaf(B)))));
  for (const Parameter* p : {&A, &B})
    for (Index j = 0; j < p->value().size(); ++j) CHECK(mine.grad(*p)[j] == Approx(theirs.grad(*p)[j]).epsilon(1e-12));
}
