#include <cmath>
#include <limits>

#include "tests/autograd/check.h"

using namespace gradus;

namespace {
constexpr Real inf = std::numeric_limits<Real>::infinity(), NaN = std::numeric_limits<Real>::quiet_NaN();
}

TEST_CASE("elementwise ops: values by hand") {
  Tape t;
  const Var x = t.constant(Tensor({2, 2}, {1, 4, 0.25, 9}));
  REQUIRE(exp(t.constant(Tensor({3}, {0, 1, -1}))).value().str() == "(3) [1, 2.71828, 0.367879]");
  REQUIRE(log(t.constant(Tensor({3}, {1, std::exp(2.0), 0}))).value().str() == "(3) [0, 2, -inf]");
  REQUIRE(sqrt(x).value().str() == "(2, 2) [1, 2, 0.5, 3]");
  REQUIRE(square(x).value().str() == "(2, 2) [1, 16, 0.0625, 81]");
  REQUIRE(abs(t.constant(Tensor({4}, {-2, 0, 3, NaN}))).value().str() == "(4) [2, 0, 3, nan]");
  REQUIRE(clamp(t.constant(Tensor({5}, {-2, -1, 0.5, 7, NaN})), -1, 2).value().str() == "(5) [-1, -1, 0.5, 2, nan]");
  REQUIRE_FALSE(std::signbit(abs(t.constant(-0.0)).item()));
  REQUIRE(std::signbit(sqrt(t.constant(-0.0)).item()));
}

TEST_CASE("elementwise ops at their kinks and ends") {
  Parameter x("x", Tensor({5}, {-1, -0.0, 0, 0.5, 2}));
  REQUIRE(gradient_of_sum(x, [](Var v) { return abs(v); }).str() == "(5) [-1, 0, 0, 1, 1]");
  REQUIRE(gradient_of_sum(x, [](Var v) { return clamp(v, -1, 0.5); }).str() == "(5) [1, 1, 1, 1, 0]");
  Parameter zero("zero", Tensor({1}, {0}));
  REQUIRE(gradient_of_sum(zero, [](Var v) { return sqrt(v); })[0] == inf);
  REQUIRE(gradient_of_sum(zero, [](Var v) { return log(v); })[0] == inf);
}

TEST_CASE("gradients of elementwise ops") {
  const Shape shapes[] = {{2, 3}, {}, {1, 4}, {3, 1, 2, 5}};
  for (const Shape& shape : shapes) {
    INFO(shape.str());
    Parameter x("x", random_tensor(shape, 1)), positive("positive", random_tensor(shape, 2, 0.5, 3));
    require_gradient([&](Tape& t) { return exp(t.leaf(x)); }, {&x});
    require_gradient([&](Tape& t) { return log(t.leaf(positive)); }, {&positive});
    require_gradient([&](Tape& t) { return sqrt(t.leaf(positive)); }, {&positive});
    require_gradient([&](Tape& t) { return square(t.leaf(x)); }, {&x});
    require_gradient([&](Tape& t) { return abs(t.leaf(x)); }, {&x});
    require_gradient([&](Tape& t) { return clamp(t.leaf(x), -1.9, 1.9) * t.leaf(x); }, {&x});
  }
  Parameter at_kink("at_kink", Tensor({3}, {-1, 0, 2}));  // where the slopes' mean is abs's gradient, 0
  require_gradient([&](Tape& t) { return abs(t.leaf(at_kink)); }, {&at_kink});
}

TEST_CASE("elementwise ops take tensors without values") {
  Tape t;
  const Var none = t.constant(Tensor(Shape{0, 3}));
  for (const Var& y : {exp(none), log(none), sqrt(none), square(none), abs(none), clamp(none, 0, 1)})
    REQUIRE(y.value().str() == "(0, 3) []");
}

TEST_CASE("clamp's bounds must be in order") {
  Tape t;
  const Var x = t.constant(1);
  REQUIRE(error_in_scope(t, [&] { clamp(x, 2, 1.5); }) == "clamp: expected low <= high, got 2 and 1.5");
  REQUIRE(error_in_scope(t, [&] { clamp(x, 0, NaN); }) == "clamp: expected low <= high, got 0 and nan");
}
