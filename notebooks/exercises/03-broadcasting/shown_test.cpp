// What you can check by hand, and then all elements against finite differences.
#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("two rows of three: x = (1 2 3, 4 5 6), s = (10, 20, 30)") {
  Parameter x("x", Tensor({2, 3}, {1, 2, 3, 4, 5, 6})), s("s", Tensor({10, 20, 30}));
  Tape t({&x, &s});
  t.backward(sum(my_scale(t.leaf(x), t.leaf(s))));
  INFO("L is the sum of y, so G is all ones. dL/dx: each element of x was multiplied by its column's s");
  for (const Index row : {0, 1}) {
    CHECK(t.grad(x)[3 * row + 0] == 10);
    CHECK(t.grad(x)[3 * row + 1] == 20);
    CHECK(t.grad(x)[3 * row + 2] == 30);
  }
  INFO("dL/ds: s_0 was used in both rows, with 1 and with 4: it gets 1 + 4 = 5, s_1 gets 2 + 5, s_2 gets 3 + 6");
  CHECK(t.grad(s)[0] == 5);
  CHECK(t.grad(s)[1] == 7);
  CHECK(t.grad(s)[2] == 9);
}

TEST_CASE("with a gradient that is not all ones: G = (1 0 2, 0 3 1)") {
  Parameter x("x", Tensor({2, 3}, {1, 2, 3, 4, 5, 6})), s("s", Tensor({10, 20, 30}));
  Tape t({&x, &s});
  t.backward(my_scale(t.leaf(x), t.leaf(s)), Tensor({2, 3}, {1, 0, 2, 0, 3, 1}));
  INFO("dL/ds = (1 * 1 + 0 * 4, 0 * 2 + 3 * 5, 2 * 3 + 1 * 6)");
  CHECK(t.grad(s)[0] == 1);
  CHECK(t.grad(s)[1] == 15);
  CHECK(t.grad(s)[2] == 12);
  INFO("the first row of dL/dx is (1 * 10, 0 * 20, 2 * 30)");
  CHECK(t.grad(x)[0] == 10);
  CHECK(t.grad(x)[1] == 0);
  CHECK(t.grad(x)[2] == 60);
}

TEST_CASE("the gradient check, 4 rows of 3") {
  Parameter x("x", Tensor({4, 3}, {1, -2, 0.5, 3, -1, 0.25, 2, 0.1, -0.7, 1.3, 0.6, -1.9})),
      s("s", Tensor({0.3, -1.5, 2}));
  REQUIRE_THAT(gradcheck([&](Tape& t) { return my_scale(t.leaf(x), t.leaf(s)); }, {&x, &s}), PassesGradcheck());
}
