#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the node that ran is yours, once forward and once backward") {
  Parameter x("x", Tensor({2, 3}, {1, 2, 3, 4, 5, 6})), s("s", Tensor({10, 20, 30}));
  Tape t({&x, &s});
  const Var a = t.leaf(x), b = t.leaf(s);
  t.backward(sum(my_scale(a, b)));
  CHECK(only_exercise(t).forward_runs == 1);
  CHECK(only_exercise(t).backward_runs == 1);
  CHECK(ops(t) == "parameter parameter my_scale sum");
}

TEST_CASE("one row, one column, and more columns than rows") {
  for (const auto& [N, C] : {std::pair<Index, Index>{1, 4}, {5, 1}, {2, 7}, {1, 1}}) {
    Parameter x("x", Tensor::zeros({N, C})), s("s", Tensor::zeros({C}));
    for (Index j = 0; j < N * C; ++j) x.mutable_value()[j] = 0.3 * static_cast<Real>(j) - 1.1;
    for (Index c = 0; c < C; ++c) s.mutable_value()[c] = 1.7 - 0.4 * static_cast<Real>(c);
    INFO("x (" << N << ", " << C << ")");
    CHECK_THAT(gradcheck([&](Tape& t) { return my_scale(t.leaf(x), t.leaf(s)); }, {&x, &s}), PassesGradcheck());
  }
}

TEST_CASE("s used by two ops: its gradients add up") {
  Parameter x("x", Tensor({2, 2}, {1, 2, 3, 4})), s("s", Tensor({0.5, -2}));
  REQUIRE_THAT(gradcheck(
                   [&](Tape& t) {
                     const Var scale = tanh(t.leaf(s));
                     return my_scale(my_scale(t.leaf(x), scale), scale);
                   },
                   {&x, &s}),
               PassesGradcheck());
}

TEST_CASE("frozen inputs get no gradient") {
  Parameter x("x", Tensor({2, 2}, {1, 2, 3, 4})), s("s", Tensor({0.5, -2}));
  Tape t({&s});
  const Var frozen = t.leaf(x), moving = t.leaf(s);
  t.backward(sum(my_scale(frozen, moving)));
  CHECK_FALSE(frozen.node().has_grad);
  CHECK(t.grad(s)[0] == 4);
  CHECK(t.grad(s)[1] == 6);
}
