#include <cmath>
#include <limits>

#include "tests/autograd/check.h"

using namespace gradus;

namespace {
constexpr Real NaN = std::numeric_limits<Real>::quiet_NaN();
}

TEST_CASE("activations: values by hand") {
  Tape t;
  const Var x = t.constant(Tensor({5}, {-2, -0.5, 0, 1, 3}));
  REQUIRE(tanh(x).value().str() == "(5) [-0.964028, -0.462117, 0, 0.761594, 0.995055]");
  REQUIRE(sigmoid(x).value().str() == "(5) [0.119203, 0.377541, 0.5, 0.731059, 0.952574]");
  REQUIRE(relu(x).value().str() == "(5) [0, 0, 0, 1, 3]");
  REQUIRE(gelu(x).value().str() == "(5) [-0.0455003, -0.154269, 0, 0.841345, 2.99595]");
  REQUIRE(gelu_tanh(x).value().str() == "(5) [-0.0454023, -0.154286, 0, 0.841192, 2.99636]");
}

// What Eigen's exp makes of exp(-1000): 0, or where it computes several at a time, the smallest number it knows.
constexpr Real tiny = 1e-290;

TEST_CASE("activations far out") {
  Tape t;
  const Var x = t.constant(Tensor({2}, {-1000, 1000})), broken = t.constant(NaN);
  REQUIRE(tanh(x).value().str() == "(2) [-1, 1]");
  REQUIRE(sigmoid(x).value()[0] < tiny);
  REQUIRE(sigmoid(x).value()[1] == 1);
  REQUIRE(relu(x).value().str() == "(2) [0, 1000]");
  for (const Var& y : {tanh(broken), sigmoid(broken), relu(broken), gelu(broken), gelu_tanh(broken)})
    REQUIRE(std::isnan(y.item()));
  REQUIRE(gelu(x).value()[1] == 1000);
  REQUIRE(std::abs(gelu(x).value()[0]) == 0);
  REQUIRE(gelu_tanh(x).value()[1] == 1000);
  REQUIRE(std::abs(gelu_tanh(x).value()[0]) < tiny);
  Parameter far("far", Tensor({2}, {-1000, 1000}));
  REQUIRE(gradient_of_sum(far, [](Var v) { return tanh(v); }).str() == "(2) [0, 0]");
  REQUIRE(gradient_of_sum(far, [](Var v) { return sigmoid(v); })[0] < tiny);
  REQUIRE(gradient_of_sum(far, [](Var v) { return sigmoid(v); })[1] == 0);
  REQUIRE(gradient_of_sum(far, [](Var v) { return square(gelu(v)) * 0 + gelu(v); })[1] == 1);
  REQUIRE(std::abs(gradient_of_sum(far, [](Var v) { return gelu(v); })[0]) == 0);
  REQUIRE(gradient_of_sum(far, [](Var v) { return gelu_tanh(v); })[1] == 1);
  REQUIRE(std::abs(gradient_of_sum(far, [](Var v) { return gelu_tanh(v); })[0]) < tiny);
}

TEST_CASE("relu's gradient is 0 at 0") {
  Parameter x("x", Tensor({4}, {-1, -0.0, 0, 2}));
  REQUIRE(gradient_of_sum(x, [](Var v) { return relu(v); }).str() == "(4) [0, 0, 0, 1]");
}

TEST_CASE("gradients of activations") {
  const Shape shapes[] = {{2, 3}, {}, {3, 7, 50}};
  for (const Shape& shape : shapes) {
    INFO(shape.str());
    Parameter x("x", random_tensor(shape, 1, -3, 3));
    require_gradient([&](Tape& t) { return tanh(t.leaf(x)); }, {&x});
    require_gradient([&](Tape& t) { return sigmoid(t.leaf(x)); }, {&x});
    require_gradient([&](Tape& t) { return relu(t.leaf(x)) + 0.1 * t.leaf(x); }, {&x});
    require_gradient([&](Tape& t) { return gelu(t.leaf(x)); }, {&x});
    require_gradient([&](Tape& t) { return gelu_tanh(t.leaf(x)); }, {&x});
  }
}

TEST_CASE("gelu_tanh over several blocks and pieces is the composition of its formula") {
  Parameter x("x", random_tensor({33, 1021}, 1, -4, 4));
  const Tensor g = random_tensor({33, 1021}, 2);
  Tape t({&x}, 3), plain({&x}, 1);
  const Var y = gelu_tanh(t.leaf(x));
  t.backward(y, g);
  const Var v = plain.leaf(x);
  const Var z = v / 2 * (1 + tanh(0.79788456080286536 * (v + 0.044715 * v * v * v)));
  plain.backward(z, g);
  REQUIRE(largest_difference(y.value(), z.value()) < 1e-14);
  REQUIRE(largest_difference(t.grad(x), plain.grad(x)) < 1e-14);
  t.backward(y, g);
  plain.backward(z, g);
  REQUIRE(largest_difference(t.grad(x), plain.grad(x)) < 2e-14);
}

TEST_CASE("activations take tensors without values") {
  Tape t;
  const Var none = t.constant(Tensor(Shape{0, 3}));
  for (const Var& y : {tanh(none), sigmoid(none), relu(none), gelu(none), gelu_tanh(none)})
    REQUIRE(y.value().str() == "(0, 3) []");
}
