#include "tests/autograd/check.h"

using namespace gradus;

namespace {

// 0, 1, 2, ...
Var count_up(Tape& t, const Shape& shape) {
  Tensor x(shape);
  for (Index i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(i);
  return t.constant(std::move(x));
}

}  // namespace

TEST_CASE("transpose and permute: values by hand") {
  Tape t;
  const Var x = count_up(t, {2, 3});
  REQUIRE(transpose(x).value().str() == "(3, 2) [0, 3, 1, 4, 2, 5]");
  REQUIRE(transpose(x, 0, 0).value().str() == "(2, 3) [0, 1, 2, 3, 4, 5]");
  const Var y = count_up(t, {2, 1, 3, 2});
  REQUIRE(permute(y, {3, 0, 2, 1}).value().str(12) == "(2, 2, 3, 1) [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]");
  REQUIRE(permute(y, {-1, 0, -2, 1}).value().str(12) == "(2, 2, 3, 1) [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]");
  REQUIRE(permute(t.constant(3), {}).value().str() == "() [3]");
  REQUIRE(transpose(t.constant(Tensor(Shape{0, 3}))).value().str() == "(3, 0) []");
}

TEST_CASE("reshape: values by hand, in shared memory") {
  Tape t;
  const Var x = count_up(t, {2, 3});
  REQUIRE(reshape(x, {3, 2}).value().str() == "(3, 2) [0, 1, 2, 3, 4, 5]");
  REQUIRE(reshape(x, {-1}).value().str() == "(6) [0, 1, 2, 3, 4, 5]");
  REQUIRE(reshape(x, {3, -1, 1}).shape() == Shape{3, 2, 1});
  REQUIRE(reshape(x, Shape{6, 1}).value().data() == x.value().data());
  REQUIRE(reshape(t.constant(3), {1, 1}).value().str() == "(1, 1) [3]");
  REQUIRE(reshape(t.constant(Tensor({1}, {3})), Shape()).value().str() == "() [3]");
  REQUIRE(reshape(t.constant(Tensor(Shape{0, 3})), {3, 0}).value().str() == "(3, 0) []");
}

TEST_CASE("slice and pad: values by hand") {
  Tape t;
  const Var x = count_up(t, {2, 5});
  REQUIRE(slice(x, 1, 1, 4).value().str() == "(2, 3) [1, 2, 3, 6, 7, 8]");
  REQUIRE(slice(x, -1, 0, 5, 2).value().str() == "(2, 3) [0, 2, 4, 5, 7, 9]");
  REQUIRE(slice(x, -1, 1, 5, 3).value().str() == "(2, 2) [1, 4, 6, 9]");
  REQUIRE(slice(x, 1, -2, 5).value().str() == "(2, 2) [3, 4, 8, 9]");
  REQUIRE(slice(x, 0, 1, 2).value().str() == "(1, 5) [5, 6, 7, 8, 9]");
  REQUIRE(slice(x, 1, 0, -1).value().str() == "(2, 4) [0, 1, 2, 3, 5, 6, 7, 8]");
  REQUIRE(slice(x, 1, 2, 2).value().str() == "(2, 0) []");
  REQUIRE(slice(count_up(t, {1, 4, 2}), 1, 0, 4, 2).value().str() == "(1, 2, 2) [0, 1, 4, 5]");
  const Var y = count_up(t, {2, 2});
  REQUIRE(pad(y, 1, 1, 2).value().str(10) == "(2, 5) [0, 0, 1, 0, 0, 0, 2, 3, 0, 0]");
  REQUIRE(pad(y, 0, 1, 0, 7).value().str() == "(3, 2) [7, 7, 0, 1, 2, 3]");
  REQUIRE(pad(t.constant(Tensor(Shape{0, 2})), 0, 1, 1, 5).value().str() == "(2, 2) [5, 5, 5, 5]");
}

TEST_CASE("concat and stack: values by hand") {
  Tape t;
  const Var x = count_up(t, {2, 2}), y = count_up(t, {2, 1}), none = t.constant(Tensor(Shape{2, 0}));
  REQUIRE(concat({x, y}, 1).value().str() == "(2, 3) [0, 1, 0, 2, 3, 1]");
  REQUIRE(concat({y, none, x, y}, -1).value().str() == "(2, 4) [0, 0, 1, 0, 1, 2, 3, 1]");
  REQUIRE(concat({x, transpose(y)}, 0).value().str() == "(3, 2) [0, 1, 2, 3, 0, 1]");
  REQUIRE(concat({x, x, x, x, x}, 0).shape() == Shape{10, 2});
  const Var a = count_up(t, {3}), b = a * 10;
  REQUIRE(stack({a, b}, 0).value().str() == "(2, 3) [0, 1, 2, 0, 10, 20]");
  REQUIRE(stack({a, b}, 1).value().str() == "(3, 2) [0, 0, 1, 10, 2, 20]");
  REQUIRE(stack({a, b}, -1).value().str() == "(3, 2) [0, 0, 1, 10, 2, 20]");
  REQUIRE(stack({t.constant(1), t.constant(2)}, 0).value().str() == "(2) [1, 2]");
}

TEST_CASE("gradients of shape ops") {
  Parameter x("x", random_tensor({2, 3, 4}, 1)), y("y", random_tensor({2, 1, 4}, 2)),
      z("z", random_tensor({2, 3, 4}, 3));
  SECTION("transpose, permute, reshape") {
    require_gradient([&](Tape& t) { return transpose(t.leaf(x)); }, {&x});
    require_gradient([&](Tape& t) { return transpose(t.leaf(x), 0, -1); }, {&x});
    require_gradient([&](Tape& t) { return permute(t.leaf(x), {2, 0, 1}); }, {&x});
    require_gradient([&](Tape& t) { return permute(t.leaf(x), {1, 2, 0}) * permute(t.leaf(z), {1, 2, 0}); }, {&x, &z});
    require_gradient([&](Tape& t) { return reshape(t.leaf(x), {4, -1}); }, {&x});
  }
  SECTION("slice, pad") {
    for (int axis = -3; axis < 3; ++axis) {
      const Index n = x.shape()[axis];
      require_gradient([&](Tape& t) { return slice(t.leaf(x), axis, 1, n); }, {&x});
      require_gradient([&](Tape& t) { return slice(t.leaf(x), axis, 0, n, 2); }, {&x});
      require_gradient([&](Tape& t) { return slice(t.leaf(x), axis, 0, n - 1) * slice(t.leaf(x), axis, 1, n); }, {&x});
      require_gradient([&](Tape& t) { return pad(t.leaf(x), axis, 1, 2, 5); }, {&x});
      require_gradient([&](Tape& t) { return pad(t.leaf(x), axis, 0, 1) * pad(t.leaf(x), axis, 1, 0); }, {&x});
    }
  }
  SECTION("concat, stack") {
    require_gradient([&](Tape& t) { return concat({t.leaf(x), t.leaf(y)}, 1); }, {&x, &y});
    require_gradient([&](Tape& t) { return concat({t.leaf(y), t.leaf(x), t.leaf(y), t.leaf(x)}, -2); }, {&x, &y});
    require_gradient([&](Tape& t) { return concat({t.leaf(x), t.leaf(z)}, 0); }, {&x, &z});
    for (int axis = -4; axis < 4; ++axis)
      require_gradient([&](Tape& t) { return stack({t.leaf(x), t.leaf(z), t.leaf(x)}, axis); }, {&x, &z});
  }
}

TEST_CASE("a gradient sent back by slice is 0 where nothing was picked") {
  Parameter x("x", Tensor({1, 5}, {1, 2, 3, 4, 5}));
  REQUIRE(gradient_of_sum(x, [](Var v) { return slice(v, 1, 1, 5, 2); }).str() == "(1, 5) [0, 1, 0, 1, 0]");
  REQUIRE(gradient_of_sum(x, [](Var v) { return slice(v, 1, 3, 3); }).str() == "(1, 5) [0, 0, 0, 0, 0]");
}

TEST_CASE("errors of shape ops") {
  Tape t;
  const Var x = count_up(t, {2, 3}), y = count_up(t, {4});
  REQUIRE(error_in_scope(t, [&] { transpose(x, 0, 2); }) ==
          "transpose: expected an axis of (2, 3), from -2 to 1, got 2");
  REQUIRE(error_in_scope(t, [&] { permute(x, {0, 0}); }) == "permute: expected each axis of (2, 3) once, got (0, 0)");
  REQUIRE(error_in_scope(t, [&] { permute(x, {1}); }) == "permute: expected each axis of (2, 3) once, got (1)");
  REQUIRE(error_in_scope(t, [&] { permute(x, {0, 3}); }) == "permute: expected an axis of (2, 3), from -2 to 1, got 3");
  REQUIRE(error_in_scope(t, [&] {
            reshape(x, Shape{4, 2});
          }) == "reshape: expected a shape of 6 values, as (2, 3), got (4, 2)");
  const std::string sizes =
      "reshape: expected at most 6 sizes, one of them -1 if the others divide the 6 values of (2, 3), got ";
  REQUIRE(error_in_scope(t, [&] { reshape(x, {4, -1}); }) == sizes + "(4, -1)");
  REQUIRE(error_in_scope(t, [&] { reshape(x, {-1, -1}); }) == sizes + "(-1, -1)");
  REQUIRE(error_in_scope(t, [&] { reshape(x, {-2, -3}); }) == sizes + "(-2, -3)");
  REQUIRE(error_in_scope(t, [&] { reshape(x, {6, 1, 1, 1, 1, 1, 1}); }) == sizes + "(6, 1, 1, 1, 1, 1, 1)");
  const std::string range =
      "slice: expected 0 <= begin <= end <= 3 and a step of 1 or more along axis 1 of (2, 3), got ";
  REQUIRE(error_in_scope(t, [&] { slice(x, 1, 0, 4); }) == range + "0:4:1");
  REQUIRE(error_in_scope(t, [&] { slice(x, -1, 2, 1); }) == range + "2:1:1");
  REQUIRE(error_in_scope(t, [&] { slice(x, 1, -4, 1); }) == range + "-4:1:1");
  REQUIRE(error_in_scope(t, [&] { slice(x, 1, 0, 3, 0); }) == range + "0:3:0");
  REQUIRE(error_in_scope(t, [&] { pad(x, 0, -1, 2); }) ==
          "pad: expected 0 or more values before and after, got -1 and 2");
  REQUIRE(error_in_scope(t, [&] {
            concat({x, y}, 0);
          }) == "concat: expected shapes that differ along axis 0 only, got (2, 3) and (4)");
  REQUIRE(error_in_scope(t, [&] {
            concat({x, transpose(x)}, 1);
          }) == "concat: expected shapes that differ along axis 1 only, got (2, 3) and (3, 2)");
  REQUIRE(error_in_scope(t, [&] { stack({x, y}, 0); }) == "stack: expected equal shapes, got (2, 3) and (4)");
  REQUIRE(error_in_scope(t, [&] { stack({x, x}, 3); }) == "stack: expected a new axis of (2, 3), from -3 to 2, got 3");
  REQUIRE_THROWS_WITH(concat({}, 0), "concat: expected at least one Var, got none");
}
