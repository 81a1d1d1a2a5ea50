#include <cmath>

#include "tests/autograd/check.h"

using namespace gradus;

namespace {

Tensor drop(std::uint64_t seed, std::uint64_t step, const char* scope, double p = 0.25, int threads = 1) {
  Tape t({}, threads);
  t.enable_dropout(seed, step);
  const Scope inside(t, scope);
  return dropout(t.constant(Tensor::full({70, 1000}, 3)), p).value();
}

}  // namespace

TEST_CASE("dropout is x itself unless the tape asks for it") {
  Tape t;
  const Var x = t.constant(Tensor::full({3}, 2));
  REQUIRE(&dropout(x, 0.5).node() == &x.node());
  t.enable_dropout(1, 0);
  REQUIRE(&dropout(x, 0).node() == &x.node());
  REQUIRE(&dropout(x, 0.5).node() != &x.node());
  t.clear();  // a new recording begins without dropout
  const Var y = t.constant(1);
  REQUIRE(&dropout(y, 0.5).node() == &y.node());
}

TEST_CASE("dropout zeroes a share p of the values and scales the rest") {
  const Tensor y = drop(1, 0, "h.0");
  Index zeros = 0;
  for (const Real v : y.values()) {
    REQUIRE((v == 0 || v == 4));  // 3 / (1 - 1/4)
    zeros += v == 0;
  }
  const double n = 70000, expected = 0.25 * n, deviation = std::sqrt(n * 0.25 * 0.75);
  REQUIRE(std::abs(static_cast<double>(zeros) - expected) < 4 * deviation);
}

TEST_CASE("a mask depends on seed, step and scope, and on nothing else") {
  const Tensor y = drop(1, 0, "h.0");
  REQUIRE(same_bits(y, drop(1, 0, "h.0")));
  REQUIRE(same_bits(y, drop(1, 0, "h.0", 0.25, 3)));
  REQUIRE_FALSE(same_bits(y, drop(2, 0, "h.0")));
  REQUIRE_FALSE(same_bits(y, drop(1, 1, "h.0")));
  REQUIRE_FALSE(same_bits(y, drop(1, 0, "h.1")));
  Tape t;
  t.enable_dropout(1, 0);
  const Scope inside(t, "h.0");
  const Var x = t.constant(Tensor::full({70, 1000}, 3));
  REQUIRE(same_bits(dropout(x * 1, 0.25).value(), y));    // other ops in the scope change nothing
  REQUIRE_FALSE(same_bits(dropout(x, 0.25).value(), y));  // a second dropout draws its own
}

TEST_CASE("the gradient of dropout passes through the same mask") {
  Parameter x("x", random_tensor({2, 3, 5}, 1));
  require_gradient(
      [&](Tape& t) {
        t.enable_dropout(4, 2);
        return dropout(t.leaf(x), 0.4);
      },
      {&x});
}

TEST_CASE("errors of dropout") {
  Tape t;
  const Var x = t.constant(1);
  REQUIRE(error_in_scope(t, [&] { dropout(x, 1.01); }) ==
          "dropout: expected a probability p with 0 <= p <= 1, got 1.01");
  REQUIRE(error_in_scope(t, [&] { dropout(x, -0.1); }) ==
          "dropout: expected a probability p with 0 <= p <= 1, got -0.1");
}

TEST_CASE("dropout with p = 1 leaves nothing, and no gradient") {
  Parameter x("x", random_tensor({2, 3, 5}, 1));
  Tape t({&x});
  t.enable_dropout(4, 2);
  const Var y = dropout(t.leaf(x), 1);
  for (const Real v : y.value().values()) REQUIRE(v == 0);
  t.backward(y, Tensor::full({2, 3, 5}, 1));
  for (const Real g : t.grad(x).values()) REQUIRE(g == 0);
}
