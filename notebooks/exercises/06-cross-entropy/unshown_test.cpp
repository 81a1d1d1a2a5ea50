#include <cmath>

#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the node that ran is yours, and nothing else did the work") {
  Parameter x("x", Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
  Tape t({&x});
  t.backward(my_cross_entropy(t.leaf(x), {0, 1}));
  CHECK(only_exercise(t).forward_runs == 1);
  CHECK(only_exercise(t).backward_runs == 1);
  CHECK(ops(t) == "parameter my_cross_entropy");
}

TEST_CASE("it agrees with the library's cross_entropy, value and gradient") {
  Parameter x("x", Tensor({4, 5}, {1, -2, 0.5, 3, -1, 0.25, 2, 0.1, -0.7, 1.3, 0.6, -1.9, 40, -40, 7, 2, 2, 2, 2, 2}));
  const std::vector<Index> targets = {3, 0, 2, 4};
  Tape mine({&x}), theirs({&x});
  const Var a = my_cross_entropy(mine.leaf(x), targets), b = cross_entropy(theirs.leaf(x), targets);
  CHECK(a.item() == Approx(b.item()).epsilon(1e-13));
  mine.backward(a);
  theirs.backward(b);
  for (Index j = 0; j < 20; ++j) CHECK(mine.grad(x)[j] == Approx(theirs.grad(x)[j]).epsilon(1e-11).margin(1e-15));
}

TEST_CASE("inside a larger loss the gradient that comes in counts") {
  Parameter x("x", Tensor({2, 3}, {1, -2, 0.5, 3, -1, 0.25}));
  REQUIRE_THAT(gradcheck(
                   [&](Tape& t) {
                     return square(my_cross_entropy(tanh(t.leaf(x)), {2, 1})) * 3;
                   },
                   {&x}),
               PassesGradcheck());
}

TEST_CASE("one class: the loss is 0 and so is the gradient") {
  Parameter x("x", Tensor({2, 1}, {1000, -1000}));
  Tape t({&x});
  const Var loss = my_cross_entropy(t.leaf(x), {0, 0});
  t.backward(loss);
  CHECK(loss.item() == 0);
  CHECK(t.grad(x)[0] == 0);
  CHECK(t.grad(x)[1] == 0);
}

TEST_CASE("very negative and very large logits in one row stay finite") {
  Parameter x("x", Tensor({1, 3}, {-1000, 0, 1000}));
  Tape t({&x});
  const Var loss = my_cross_entropy(t.leaf(x), {0});
  t.backward(loss);
  CHECK(loss.item() == 2000);
  CHECK(t.grad(x)[0] == -1);
  CHECK(t.grad(x)[1] == 0);
  CHECK(t.grad(x)[2] == 1);
}
