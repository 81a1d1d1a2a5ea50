#include <cmath>
#include <limits>

#include "tests/autograd/check.h"

using namespace gradus;

namespace {
constexpr Real inf = std::numeric_limits<Real>::infinity();
}

TEST_CASE("softmax, log_softmax, logsumexp: values by hand") {
  Tape t;
  const double ln3 = std::log(3.0);
  const Var x = t.constant(Tensor({2, 2}, {0, ln3, 5, 5}));  // exp: 1 3 and e^5 e^5
  REQUIRE(softmax(x).value().str() == "(2, 2) [0.25, 0.75, 0.5, 0.5]");
  REQUIRE(log_softmax(x).value().str() == "(2, 2) [-1.38629, -0.287682, -0.693147, -0.693147]");
  REQUIRE(logsumexp(x).value().str() == "(2) [1.38629, 5.69315]");
  REQUIRE(logsumexp(x, 1, true).value().str() == "(2, 1) [1.38629, 5.69315]");
  const Var y = t.constant(Tensor({2, 3}, {0, 1, 2, ln3, 1, 2}));
  REQUIRE(softmax(y, 0).value().str() == "(2, 3) [0.25, 0.5, 0.5, 0.75, 0.5, 0.5]");
  REQUIRE(logsumexp(y, 0).value().str() == "(3) [1.38629, 1.69315, 2.69315]");
  REQUIRE(logsumexp(y, -2, true).value().str() == "(1, 3) [1.38629, 1.69315, 2.69315]");
}

TEST_CASE("softmax of masked and of empty rows") {
  Tape t;
  const Var masked = softmax(t.constant(Tensor({3}, {-inf, 2, 2})));
  REQUIRE(masked.value()[0] < 1e-300);  // 0, or the smallest number that Eigen's exp knows
  REQUIRE(masked.value()[1] == 0.5);
  REQUIRE(masked.value()[2] == 0.5);
  REQUIRE(logsumexp(t.constant(Tensor({2}, {-inf, -inf}))).item() == -inf);
  REQUIRE(logsumexp(t.constant(Tensor({2}, {inf, 1}))).item() == inf);
  REQUIRE(logsumexp(t.constant(Tensor::full({40}, -inf))).item() == -inf);  // more than a vector register holds
  REQUIRE(logsumexp(t.constant(Tensor::full({40}, inf))).item() == inf);
  REQUIRE(softmax(t.constant(Tensor(Shape{0, 3}))).value().str() == "(0, 3) []");
  REQUIRE(log_softmax(t.constant(Tensor(Shape{2, 0}))).value().str() == "(2, 0) []");
  REQUIRE(logsumexp(t.constant(Tensor(Shape{2, 0}))).value().str() == "(2) [-inf, -inf]");
}

TEST_CASE("gradients of softmax, log_softmax, logsumexp") {
  for (const Shape& shape : {Shape{5}, Shape{2, 3}, Shape{2, 3, 4}, Shape{1, 1}}) {
    INFO(shape.str());
    Parameter x("x", random_tensor(shape, 1));
    for (int axis = -shape.rank(); axis < shape.rank(); ++axis) {
      if (shape[axis] == 1) continue;  // one value: softmax is 1, its gradient 0
      require_gradient([&](Tape& t) { return softmax(t.leaf(x), axis); }, {&x});
      require_gradient([&](Tape& t) { return log_softmax(t.leaf(x), axis); }, {&x});
    }
    for (int axis = -shape.rank(); axis < shape.rank(); ++axis) {
      require_gradient([&](Tape& t) { return logsumexp(t.leaf(x), axis); }, {&x});
      require_gradient([&](Tape& t) { return logsumexp(t.leaf(x), axis, true); }, {&x});
      require_gradient([&](Tape& t) { return logsumexp(t.leaf(x), axis) * logsumexp(t.leaf(x), axis); }, {&x});
    }
  }
}

TEST_CASE("the fused forms agree with their compositions") {
  Parameter x("x", random_tensor({3, 1, 130}, 1, -5, 5));
  const Tensor g = random_tensor({3, 1, 130}, 2), narrow = random_tensor({3, 1, 1}, 3);
  const auto gradient = [&](auto f, const Tensor& cotangent) {
    Tape t({&x});
    t.backward(f(t.leaf(x)), cotangent);
    return t.grad(x);
  };
  const auto parts = [](Var v) { return exp(v) / sum(exp(v), {-1}, true); };
  const auto sum_exp = [](Var v) { return sum(exp(v), {-1}, true); };
  Tape t;
  const Var v = t.leaf(x);
  REQUIRE(largest_difference(softmax(v).value(), parts(v).value()) < 1e-15);
  REQUIRE(largest_difference(log_softmax(v).value(), log(parts(v)).value()) < 1e-13);
  REQUIRE(largest_difference(logsumexp(v, -1, true).value(), log(sum_exp(v)).value()) < 1e-14);
  REQUIRE(largest_difference(gradient([](Var a) { return softmax(a); }, g), gradient(parts, g)) < 1e-14);
  REQUIRE(largest_difference(gradient([](Var a) { return log_softmax(a); }, g),
                             gradient([&](Var a) { return log(parts(a)); }, g)) < 1e-13);
  REQUIRE(largest_difference(gradient([](Var a) { return logsumexp(a, -1, true); }, narrow),
                             gradient([&](Var a) { return log(sum_exp(a)); }, narrow)) < 1e-14);
}

TEST_CASE("softmax over many rows has the same bits on any number of threads") {
  Parameter x("x", random_tensor({700, 65}, 1));
  const Tensor g = random_tensor({700, 65}, 2);
  const auto run = [&](int threads) {
    Tape t({&x}, threads);
    t.backward(softmax(t.leaf(x)) + log_softmax(t.leaf(x)) + logsumexp(t.leaf(x), -1, true), g);
    return t.grad(x);
  };
  REQUIRE(same_bits(run(1), run(3)));
}

TEST_CASE("errors of softmax") {
  Tape t;
  const Var x = t.constant(Tensor::zeros({2, 3})), one = t.constant(1);
  REQUIRE(error_in_scope(t, [&] { softmax(x, 2); }) == "softmax: expected an axis of (2, 3), from -2 to 1, got 2");
  REQUIRE(error_in_scope(t, [&] { log_softmax(x, -3); }) ==
          "log_softmax: expected an axis of (2, 3), from -2 to 1, got -3");
  REQUIRE(error_in_scope(t, [&] { logsumexp(x, 5); }) == "logsumexp: expected an axis of (2, 3), from -2 to 1, got 5");
  REQUIRE(error_in_scope(t, [&] { softmax(one, 1); }) == "softmax: expected axis 0 or -1 of (), got 1");
  REQUIRE(error_in_scope(t, [&] { log_softmax(one, -2); }) == "log_softmax: expected axis 0 or -1 of (), got -2");
  REQUIRE(error_in_scope(t, [&] { logsumexp(one, 1); }) == "logsumexp: expected axis 0 or -1 of (), got 1");
}
