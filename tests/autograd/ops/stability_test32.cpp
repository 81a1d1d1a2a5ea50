// In float: what overflows or loses its digits if it is written down naively.
#include <cmath>

#include "tests/autograd/check.h"

using namespace gradus;

TEST_CASE("logits of 1000 do not overflow") {
  Parameter x("x", Tensor({2, 3}, {1000, 999, -1000, -1000, -1000, -1001}));
  Tape t({&x});
  const Var v = t.leaf(x);
  REQUIRE(softmax(v).value()[0] == Approx(1 / (1 + std::exp(-1.0))).epsilon(1e-6));
  REQUIRE(softmax(v).value()[2] < 1e-30F);
  REQUIRE(log_softmax(v).value()[2] == Approx(-2000.31326).epsilon(1e-6));
  REQUIRE(logsumexp(v).value()[0] == Approx(1000.31326).epsilon(1e-6));
  const Index targets[] = {2, 0};
  const Var loss = cross_entropy(v, targets);
  REQUIRE(loss.item() == Approx((2000.31326 + 0.86199) / 2).epsilon(1e-6));
  t.backward(loss);
  REQUIRE(t.grad(x)[0] == Approx(0.5 / (1 + std::exp(-1.0))).epsilon(1e-5));
  REQUIRE(t.grad(x)[2] == Approx(-0.5));
  for (const Real g : t.grad(x).values()) REQUIRE(std::isfinite(g));
}

TEST_CASE("activations of large and small numbers are finite, and so are their gradients") {
  Parameter x("x", Tensor({6}, {-1e18F, -100, -20, 20, 100, 1e18F}));
  const auto require_finite = [&](Var (*f)(Operand)) {
    Tape t({&x});
    const Var y = f(t.leaf(x));
    t.backward(sum(y));
    for (const Real v : y.value().values()) REQUIRE(std::isfinite(v));
    for (const Real g : t.grad(x).values()) REQUIRE(std::isfinite(g));
    REQUIRE(y.value()[0] <= 0);
  };
  require_finite(tanh);
  require_finite(relu);
  require_finite(sigmoid);
  require_finite(gelu);
  require_finite(gelu_tanh);
}

TEST_CASE("float and the formula in double agree to float's precision") {
  Tensor numbers(Shape{401});
  for (Index i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<Real>(i - 200) / 20;  // -10 ... 10
  Parameter x("x", numbers);
  Tape t({&x});
  const Var v = t.leaf(x);
  const auto worst = [&](const Tensor& got, double (*f)(double)) {
    double error = 0;
    for (Index i = 0; i < numbers.size(); ++i)
      error = std::max(error, std::abs(static_cast<double>(got[i]) - f(static_cast<double>(numbers[i]))));
    return error;
  };
  const auto gelu_of = [](double a) { return a * std::erfc(-a / std::sqrt(2.0)) / 2; };
  const auto gelu_tanh_of = [](double a) {
    return a / 2 * (1 + std::tanh(0.7978845608028654 * (a + 0.044715 * a * a * a)));
  };
  const auto gelu_tanh_slope = [](double a) {
    const double u = std::tanh(0.7978845608028654 * (a + 0.044715 * a * a * a));
    return (1 + u) / 2 * (1 + a * (1 - u) * 0.7978845608028654 * (1 + 3 * 0.044715 * a * a));
  };
  const auto sigmoid_of = [](double a) { return 1 / (1 + std::exp(-a)); };
  REQUIRE(worst(tanh(v).value(), [](double a) { return std::tanh(a); }) < 3e-7);
  REQUIRE(worst(sigmoid(v).value(), sigmoid_of) < 2e-7);
  REQUIRE(worst(gelu(v).value(), gelu_of) < 1e-6);
  const Var y = gelu_tanh(v);
  REQUIRE(worst(y.value(), gelu_tanh_of) < 2e-6);
  t.backward(sum(y));
  REQUIRE(worst(t.grad(x), gelu_tanh_slope) < 2e-6);
}

TEST_CASE("a long sum in float keeps its digits") {
  Tape t;
  const Var x = t.constant(Tensor::full({1000, 4000}, 0.1F));
  REQUIRE(sum(x).item() == Approx(4e6 * static_cast<double>(0.1F)).epsilon(2e-6));
  REQUIRE(mean(x).item() == Approx(static_cast<double>(0.1F)).epsilon(2e-6));
}
