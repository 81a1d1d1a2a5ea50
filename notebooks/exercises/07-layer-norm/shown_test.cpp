// What you can check by hand, and then all elements against finite differences.
#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("b: its gradient is the sum over the rows") {
  Parameter x("x", Tensor({2, 3}, {1, 2, 6, -1, 0, 4})), w("w", Tensor({2, 3, 4})), b("b", Tensor({0, 0, 1}));
  Tape t({&b});
  const Var in = t.leaf(x), scale = t.leaf(w), shift = t.leaf(b);
  t.backward(my_layer_norm(in, scale, shift), Tensor({2, 3}, {1, 2, 3, 10, 20, 30}));
  INFO("G = (1 2 3, 10 20 30), and b is added in both rows: 1 + 10, 2 + 20, 3 + 30");
  CHECK(t.grad(b)[0] == 11);
  CHECK(t.grad(b)[1] == 22);
  CHECK(t.grad(b)[2] == 33);
}

TEST_CASE("w: its gradient is the sum over the rows of G z") {
  // Row (1, 3): mean 2, variance 1, z = (-1, 1) / sqrt(1 + 1e-5) = (-0.999995, 0.999995). Row (0, 4): mean 2, variance 4,
  // z = (-2, 2) / sqrt(4 + 1e-5) = (-0.99999875, 0.99999875).
  Parameter x("x", Tensor({2, 2}, {1, 3, 0, 4})), w("w", Tensor({5, 7})), b("b", Tensor({0, 0}));
  Tape t({&w});
  const Var in = t.leaf(x), scale = t.leaf(w), shift = t.leaf(b);
  t.backward(my_layer_norm(in, scale, shift), Tensor({2, 2}, {1, 2, 10, 20}));
  INFO("1 * -0.999995 + 10 * -0.99999875, and 2 * 0.999995 + 20 * 0.99999875");
  CHECK(t.grad(w)[0] == Approx(-10.9999825).epsilon(1e-8));
  CHECK(t.grad(w)[1] == Approx(21.999965).epsilon(1e-8));
}

TEST_CASE("x: a shift and a stretch of a row change nothing, so each row's gradient is orthogonal to both") {
  Parameter x("x", Tensor({2, 3}, {1, 2, 6, -1, 0, 4})), w("w", Tensor({2, 3, 4})), b("b", Tensor({0, 0, 1}));
  Tape t({&x});
  const Var in = t.leaf(x), scale = t.leaf(w), shift = t.leaf(b);
  t.backward(my_layer_norm(in, scale, shift), Tensor({2, 3}, {1, 2, 3, 10, 20, -30}));
  for (const Index n : {0, 1}) {
    Real sum = 0, size = 0;
    for (Index c = 0; c < 3; ++c) {
      sum += t.grad(x)[3 * n + c];
      size += t.grad(x)[3 * n + c] * t.grad(x)[3 * n + c];
    }
    INFO("row "
         << n
         << ": the same number added to all of it leaves z as it is, so its gradient sums to 0. A missing mean(H)?");
    CHECK(sum == Approx(0).margin(1e-9));
    CHECK(size > 1e-3);
  }
}

TEST_CASE("the gradient check, 2 rows of 4") {
  Parameter x("x", Tensor({2, 4}, {1, -2, 0.5, 3, -1, 0.25, 2, 0.1}));
  Parameter w("w", Tensor({0.7, 1.3, -0.6, 1.9})), b("b", Tensor({0.1, -0.2, 0.3, 0.4}));
  REQUIRE_THAT(gradcheck([&](Tape& t) { return my_layer_norm(t.leaf(x), t.leaf(w), t.leaf(b)); }, {&x, &w, &b}),
               PassesGradcheck());
}
