#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the node that ran is yours, once forward and once backward") {
  Parameter a("a", Tensor({1, 2})), b("b", Tensor({3, 5}));
  Tape t({&a, &b});
  t.backward(sum(my_product(t.leaf(a), t.leaf(b))));
  CHECK(only_exercise(t).forward_runs == 1);
  CHECK(only_exercise(t).backward_runs == 1);
  CHECK(ops(t) == "parameter parameter my_product sum");
}

TEST_CASE("three products of the same numbers: y = a (a a) has the gradient 3 a^2") {
  Parameter a("a", Tensor({2, -3}));
  Tape t({&a});
  const Var x = t.leaf(a);
  t.backward(sum(my_product(x, my_product(x, x))));
  CHECK(t.grad(a)[0] == 12);
  CHECK(t.grad(a)[1] == 27);
}

TEST_CASE("a frozen input gets no gradient, the other its own") {
  Parameter a("a", Tensor({1, 2})), b("b", Tensor({3, 5}));
  Tape t({&a});
  const Var x = t.leaf(a), frozen = t.leaf(b);
  t.backward(sum(my_product(x, frozen)));
  CHECK(t.grad(a)[1] == 5);
  CHECK_FALSE(frozen.node().has_grad);
}

TEST_CASE("over two backward passes a leaf's gradients add up, over two tapes they do not") {
  Parameter a("a", Tensor({1, 2})), b("b", Tensor({3, 5}));
  Tape t({&a, &b});
  const Var loss = sum(my_product(t.leaf(a), t.leaf(b)));
  t.backward(loss);
  t.backward(loss);
  CHECK(t.grad(a)[0] == 6);
  Tape u({&a, &b});
  u.backward(sum(my_product(u.leaf(a), u.leaf(b))));
  CHECK(u.grad(a)[0] == 3);
}

TEST_CASE("another shape: (3, 1, 2), behind an intermediate value") {
  Parameter a("a", Tensor({3, 1, 2}, {1, -2, 0.5, 3, -1, 0.25})),
      b("b", Tensor({3, 1, 2}, {0.3, 1.5, -1, 2, 0.75, -0.5}));
  REQUIRE_THAT(gradcheck(
                   [&](Tape& t) {
                     const Var h = tanh(t.leaf(a));
                     return my_product(h, my_product(h, t.leaf(b)));
                   },
                   {&a, &b}),
               PassesGradcheck());
}
