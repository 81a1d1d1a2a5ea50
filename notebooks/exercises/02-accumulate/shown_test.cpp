// What you can check by hand, and then all elements against finite differences.
#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("used once: y = a b with a = (1, 2), b = (3, 5)") {
  Parameter a("a", Tensor({1, 2})), b("b", Tensor({3, 5}));
  Tape t({&a, &b});
  t.backward(sum(my_product(t.leaf(a), t.leaf(b))));
  INFO("L = 1 * 3 + 2 * 5. G = dL/dy = (1, 1), so dL/da = G b = (3, 5) and dL/db = G a = (1, 2)");
  CHECK(t.grad(a)[0] == 3);
  CHECK(t.grad(a)[1] == 5);
  CHECK(t.grad(b)[0] == 1);
  CHECK(t.grad(b)[1] == 2);
}

TEST_CASE("used twice: y = a a with a = (1, 2)") {
  Parameter a("a", Tensor({1, 2}));
  Tape t({&a});
  const Var x = t.leaf(a);
  t.backward(sum(my_product(x, x)));
  INFO("L = 1 * 1 + 2 * 2, so dL/da = 2 a = (2, 4): a from the left side, and a from the right side ADDED to it");
  CHECK(t.grad(a)[0] == 2);
  CHECK(t.grad(a)[1] == 4);
}

TEST_CASE("the gradient check, with b used by another op as well") {
  Parameter a("a", Tensor({2, 3}, {1, -2, 0.5, 3, -1, 0.25})), b("b", Tensor({2, 3}, {0.3, 1.5, -1, 2, 0.75, -0.5}));
  const auto f = [&](Tape& t) {
    const Var y = my_product(t.leaf(a), t.leaf(b));  // recorded first, so its backward comes last
    return y + square(t.leaf(b));
  };
  REQUIRE_THAT(gradcheck(f, {&a, &b}), PassesGradcheck());
}
