// Sizes at the edges: too large for memory or for an Index, and tensors without axes. The numbers that are asked for are
// named, with the op and the caller's line.
#include <limits>

#include "tests/autograd/check.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {
constexpr Index huge = std::numeric_limits<Index>::max();
constexpr int largest = std::numeric_limits<int>::max();
}  // namespace

TEST_CASE("sizes whose sum or product overflows are refused by the op that was asked for them") {
  Tape t;
  const Var x = t.constant(Tensor({2, 3}, {1, 2, 3, 4, 5, 6})), image = t.constant(Tensor::full({1, 1, 2, 3}, 1));
  const Var w = t.constant(Tensor::full({1, 1, 2, 2}, 1)), b = t.constant(Tensor::zeros({1}));
  REQUIRE(error_in_scope(t, [&] { pad(x, 0, huge, huge); }) ==
          "pad: expected at most 2147483647 values along axis 0 with the padding, got 9223372036854775807 + 2 + "
          "9223372036854775807");
  REQUIRE_THAT(error_in_scope(t, [&] { pad(x, 0, 0, Shape::max_size - 1); }),
               Contains("pad: expected at most 2147483647"));
  REQUIRE(error_in_scope(t, [&] { conv2d(image, w, b, 1, largest); }) ==
          "conv2d: expected at most 536870911 values in an image with its padding, got 1 channels of (4294967296, "
          "4294967297)");
  REQUIRE_THAT(error_in_scope(t, [&] { reshape(x, {huge, 2}); }), Contains("reshape: expected at most 6 sizes"));
  REQUIRE_THAT(error_in_scope(t, [&] { reshape(x, {huge, 3, -1}); }), Contains("reshape: expected at most 6 sizes"));
  REQUIRE_THAT(error_in_scope(t,
                              [&] {
                                reshape(x, {Index{1} << 40, 0});
                              }),
               Contains("reshape: shape: expected sizes from 0 to 2147483647"));
  REQUIRE_THAT(error_in_scope(t, [&] { slice(x, 0, std::numeric_limits<Index>::min(), 2); }),
               Contains("slice: expected 0 <= begin"));
}

TEST_CASE("a stride or a step beyond the end is legal, and picks one") {
  Tape t;
  const Var x = t.constant(Tensor({5}, {1, 2, 3, 4, 5})), image = t.constant(Tensor::full({1, 1, 2, 3}, 1));
  const Var w = t.constant(Tensor::full({1, 1, 2, 2}, 1)), b = t.constant(Tensor::zeros({1}));
  REQUIRE(slice(x, 0, 1, 5, huge).value().str() == "(1) [2]");
  REQUIRE(slice(x, 0, 2, 2, huge).value().size() == 0);
  REQUIRE(conv2d(image, w, b, largest).value().str() == "(1, 1, 1, 1) [4]");
  REQUIRE(conv2d(image, w, b, largest, 1).value().str() == "(1, 1, 1, 1) [1]");
  Parameter p("p", Tensor({5}, {1, 2, 3, 4, 5}));
  const Tensor g = gradient_of_sum(p, [](Var v) { return slice(v, 0, 1, 5, huge); });
  REQUIRE(g.str() == "(5) [0, 1, 0, 0, 0]");
}

#if !defined(__SANITIZE_ADDRESS__)  // which ends the program where there is no memory
TEST_CASE("no memory for a result is an error of the op, and the tape stays usable") {
  Tape t;
  const Var row = t.constant(Tensor::full({1, 1, 1 << 20}, 1));
  const Var deep = t.constant(Tensor::full({1 << 20, 1, 1}, 1));
  const std::size_t nodes = t.nodes().size();
  REQUIRE_THAT(error_in_scope(t, [&] { row + deep; }),
               Contains("add: Arena: no memory for ") && Contains(" bytes, for (1048576, 1, 1048576)"));
  REQUIRE(t.nodes().size() == nodes);
  REQUIRE(sum(row).item() == 1 << 20);
}
#endif

TEST_CASE("axis 0 or -1 of a tensor without axes is its one value") {
  Parameter p("x", Tensor({}, {3}));
  const auto same = [&](auto f, Real value, Real gradient, const Shape& shape = {}) {
    Tape t({&p});
    const Var y = f(t.leaf(p));
    REQUIRE(y.shape() == shape);
    REQUIRE(y.item() == value);
    t.backward(y, Tensor::full(shape, 1));
    REQUIRE(t.grad(p).item() == gradient);
  };
  for (const int axis : {0, -1}) {
    same([=](Var x) { return sum(x, {axis}); }, 3, 1);
    same([=](Var x) { return mean(x, {axis}, true); }, 3, 1);
    same([=](Var x) { return max(x, {axis}); }, 3, 1);
    same([=](Var x) { return softmax(x, axis); }, 1, 0);
    same([=](Var x) { return log_softmax(x, axis); }, 0, 0);
    same([=](Var x) { return logsumexp(x, axis); }, 3, 1);
    same([=](Var x) { return transpose(x, axis, 0); }, 3, 1);
  }
  Tape t;
  const Var x = t.constant(Tensor({}, {3})), m = t.constant(Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
  REQUIRE(error_in_scope(t, [&] { sum(x, {1}); }) == "sum: expected axis 0 or -1 of (), got 1");
  REQUIRE(error_in_scope(t, [&] { sum(x, {0, -1}); }) == "sum: expected each axis once, got axis -1 twice");
  REQUIRE(error_in_scope(t, [&] { slice(x, 0, 0, 1); }) == "slice: expected at least one axis, got ()");
  REQUIRE(error_in_scope(t, [&] { sum(m, {2}); }) == "sum: expected an axis of (2, 3), from -2 to 1, got 2");
}

TEST_CASE("errors say numbers as they were given, and the reason that holds") {
  Tape t;
  const Var x = t.constant(Tensor::zeros({1, 1, 1, 1, 1, 1}));
  REQUIRE(error_in_scope(t, [&] { clamp(x, 2e-9, 1e-9); }) == "clamp: expected low <= high, got 2e-09 and 1e-09");
  REQUIRE(error_in_scope(t, [&] {
            stack({x, x}, 0);
          }) == "stack: expected at most 5 axes, to which one is added, got (1, 1, 1, 1, 1, 1)");
  REQUIRE(error_in_scope(t, [&] { dropout(x, 1.5); }) == "dropout: expected a probability p with 0 <= p <= 1, got 1.5");
}
