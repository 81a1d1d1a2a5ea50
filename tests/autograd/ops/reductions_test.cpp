#include <cmath>
#include <limits>

#include "tests/autograd/check.h"

using namespace gradus;

namespace {

constexpr Real inf = std::numeric_limits<Real>::infinity(), NaN = std::numeric_limits<Real>::quiet_NaN();

// f(x, axes, keepdim) for every kind of axes: all, first, last, middle, two apart, negative, out of order.
template <class Op>
void require_reduction_gradient(Op f) {
  Parameter x("x", random_tensor({2, 3, 4}, 1));
  for (const bool keepdim : {false, true}) {
    INFO("keepdim " << keepdim);
    require_gradient([&](Tape& t) { return f(t.leaf(x), {}, keepdim); }, {&x});
    require_gradient([&](Tape& t) { return f(t.leaf(x), {0}, keepdim); }, {&x});
    require_gradient([&](Tape& t) { return f(t.leaf(x), {1}, keepdim); }, {&x});
    require_gradient([&](Tape& t) { return f(t.leaf(x), {-1}, keepdim); }, {&x});
    require_gradient([&](Tape& t) { return f(t.leaf(x), {0, 2}, keepdim); }, {&x});
    require_gradient([&](Tape& t) { return f(t.leaf(x), {-1, 1}, keepdim); }, {&x});
    require_gradient([&](Tape& t) { return f(t.leaf(x), {1, 0}, keepdim) * f(t.leaf(x), {}, false); }, {&x});
  }
  Parameter one("one", Tensor({}, {3})), row("row", random_tensor({5}, 2));
  require_gradient([&](Tape& t) { return f(t.leaf(one), {}, false); }, {&one});
  require_gradient([&](Tape& t) { return f(t.leaf(row), {0}, true); }, {&row});
}

}  // namespace

TEST_CASE("gradients of max where every value is there twice: ties, and no kink") {
  Parameter x("x", random_tensor({2, 3, 4}, 1));
  require_gradient([&](Tape& t) { return max(concat({t.leaf(x), t.leaf(x)}, 1), {1}); }, {&x});
  require_gradient([&](Tape& t) { return max(concat({t.leaf(x), t.leaf(x)}, 2), {2}); }, {&x});
}

TEST_CASE("sum, mean, max: values by hand") {
  Tape t;
  const Var x = t.constant(Tensor({2, 3}, {1, 2, 6, -4, 5, 2}));
  REQUIRE(sum(x).value().str() == "() [12]");
  REQUIRE(sum(x, {0}).value().str() == "(3) [-3, 7, 8]");
  REQUIRE(sum(x, {1}).value().str() == "(2) [9, 3]");
  REQUIRE(sum(x, {-1}, true).value().str() == "(2, 1) [9, 3]");
  REQUIRE(sum(x, {1, 0}, true).value().str() == "(1, 1) [12]");
  REQUIRE(mean(x).value().str() == "() [2]");
  REQUIRE(mean(x, {0}).value().str() == "(3) [-1.5, 3.5, 4]");
  REQUIRE(mean(x, {1}).value().str() == "(2) [3, 1]");
  REQUIRE(max(x).value().str() == "() [6]");
  REQUIRE(max(x, {0}).value().str() == "(3) [1, 5, 6]");
  REQUIRE(max(x, {-1}, true).value().str() == "(2, 1) [6, 5]");
  REQUIRE(sum(t.constant(7)).value().str() == "() [7]");
}

TEST_CASE("reductions over axes that are apart") {
  Tape t;
  Tensor numbers(Shape{2, 3, 2});
  for (Index i = 0; i < 12; ++i) numbers[i] = static_cast<Real>(i);
  const Var x = t.constant(numbers);
  REQUIRE(sum(x, {0, 2}).value().str() == "(3) [14, 22, 30]");
  REQUIRE(mean(x, {0, 2}, true).value().str() == "(1, 3, 1) [3.5, 5.5, 7.5]");
  REQUIRE(max(x, {0, 2}).value().str() == "(3) [7, 9, 11]");
  REQUIRE(max(5 - x, {0, 1}).value().str() == "(2) [5, 4]");
}

TEST_CASE("reductions of nothing") {
  Tape t;
  const Var none = t.constant(Tensor(Shape{0, 3}));
  REQUIRE(sum(none).value().str() == "() [0]");
  REQUIRE(sum(none, {0}).value().str() == "(3) [0, 0, 0]");
  REQUIRE(sum(none, {1}).value().str() == "(0) []");
  REQUIRE(mean(none, {1}).value().str() == "(0) []");
  REQUIRE(std::isnan(mean(none).item()));
  REQUIRE(max(none, {1}).value().str() == "(0) []");
  REQUIRE(error_in_scope(t, [&] { max(none); }) == "max: expected at least one value along axis 0, got (0, 3)");
}

TEST_CASE("the maximum of values with a NaN is NaN") {
  Tape t;
  REQUIRE(max(t.constant(Tensor({2, 3}, {1, NaN, 3, 4, -inf, 2})), {1}).value().str() == "(2) [nan, 4]");
}

TEST_CASE("values that tie for the maximum share its gradient equally") {
  Parameter x("x", Tensor({2, 3}, {5, 1, 5, 2, 2, 2}));
  REQUIRE(gradient_of_sum(x, [](Var v) { return max(v, {1}) * 6; }).str() == "(2, 3) [3, 0, 3, 2, 2, 2]");
  REQUIRE(gradient_of_sum(x, [](Var v) { return max(v, {0}) * 6; }).str() == "(2, 3) [6, 0, 6, 0, 6, 0]");
  REQUIRE(gradient_of_sum(x, [](Var v) { return max(v) * 6; }).str() == "(2, 3) [3, 0, 3, 0, 0, 0]");
}

TEST_CASE("gradients of reductions") {
  SECTION("sum") {
    require_reduction_gradient([](Var x, Axes a, bool keep) { return sum(x, a, keep); });
  }
  SECTION("mean") {
    require_reduction_gradient([](Var x, Axes a, bool keep) { return mean(x, a, keep); });
  }
  SECTION("max") {
    require_reduction_gradient([](Var x, Axes a, bool keep) { return max(x, a, keep); });
  }
}

TEST_CASE("a long sum has the same bits on any number of threads") {
  Tape alone({}, 1), shared({}, 3);
  const Tensor x = random_tensor({300, 1001}, 1);
  REQUIRE(same_bits(sum(alone.constant(x)).value(), sum(shared.constant(x)).value()));
  double expected = 0;
  for (const Real v : x.values()) expected += v;
  REQUIRE(sum(shared.constant(x)).item() == Approx(expected).epsilon(1e-12));
}

TEST_CASE("errors of reductions") {
  Tape t;
  const Var x = t.constant(Tensor::zeros({2, 3}));
  REQUIRE(error_in_scope(t, [&] { sum(x, {2}); }) == "sum: expected an axis of (2, 3), from -2 to 1, got 2");
  REQUIRE(error_in_scope(t, [&] { mean(x, {-3}); }) == "mean: expected an axis of (2, 3), from -2 to 1, got -3");
  REQUIRE(error_in_scope(t, [&] { max(x, {1, -1}); }) == "max: expected each axis once, got axis -1 twice");
}
