#include <cmath>
#include <limits>

#include "tests/autograd/check.h"

using namespace gradus;

namespace {

constexpr Real inf = std::numeric_limits<Real>::infinity(), NaN = std::numeric_limits<Real>::quiet_NaN();

struct Pair {
  Parameter a{"a", Tensor({2, 3}, {1, -2, 3, 0.5, 4, -1})}, b{"b", Tensor({2, 3}, {0.2, 7, -1, 2, 1.5, 3})};
  Tape t{{&a, &b}};
  std::string value(Var y) { return y.value().str(); }
};

// The op's gradient for equal shapes, each broadcast both ways, and numbers.
template <class Op>
void require_binary_gradient(Op f) {
  const Shape shapes[][2] = {{{2, 3}, {2, 3}}, {{2, 3}, {3}},       {{2, 1}, {3}},    {{2, 1}, {1, 3}},
                             {{2, 3}, {}},     {{4, 1, 3}, {2, 1}}, {{1, 1}, {2, 3}}, {{3, 1, 2, 1, 2}, {3, 1, 3, 1}},
                             {{}, {}}};
  for (const auto& pair : shapes) {
    INFO(pair[0].str() + " and " + pair[1].str());
    Parameter a("a", random_tensor(pair[0], 1, 0.5, 2)), b("b", random_tensor(pair[1], 2, 0.5, 2));
    require_gradient([&](Tape& t) { return f(t.leaf(a), t.leaf(b)); }, {&a, &b});
    require_gradient([&](Tape& t) { return f(t.leaf(b), t.leaf(a)); }, {&a, &b});
    require_gradient([&](Tape& t) { return f(t.leaf(a), t.leaf(a)) + f(t.leaf(a), t.leaf(b)); }, {&a, &b});
  }
  Parameter a("a", random_tensor({2, 3}, 1, 0.5, 2));
  require_gradient([&](Tape& t) { return f(t.leaf(a), 1.25); }, {&a});
  require_gradient([&](Tape& t) { return f(1.25, t.leaf(a)); }, {&a});
}

}  // namespace

TEST_CASE("add, sub, mul, div: values by hand") {
  Pair p;
  const Var a = p.t.leaf(p.a), b = p.t.leaf(p.b);
  REQUIRE(p.value(a + b) == "(2, 3) [1.2, 5, 2, 2.5, 5.5, 2]");
  REQUIRE(p.value(a - b) == "(2, 3) [0.8, -9, 4, -1.5, 2.5, -4]");
  REQUIRE(p.value(a * b) == "(2, 3) [0.2, -14, -3, 1, 6, -3]");
  REQUIRE(p.value(b / a) == "(2, 3) [0.2, -3.5, -0.333333, 4, 0.375, -3]");
  REQUIRE(p.value(-a) == "(2, 3) [-1, 2, -3, -0.5, -4, 1]");
  REQUIRE(p.value(1 - a) == "(2, 3) [0, 3, -2, 0.5, -3, 2]");
  REQUIRE(p.value(a * 2) == "(2, 3) [2, -4, 6, 1, 8, -2]");
}

TEST_CASE("shapes broadcast as in PyTorch") {
  Tape t;
  const Var row = t.constant(Tensor({3}, {1, 2, 3})), column = t.constant(Tensor({2, 1}, {10, 20}));
  REQUIRE((row + column).value().str() == "(2, 3) [11, 12, 13, 21, 22, 23]");
  REQUIRE((column - row).value().str() == "(2, 3) [9, 8, 7, 19, 18, 17]");
  REQUIRE((t.constant(5) * row).value().str() == "(3) [5, 10, 15]");
  REQUIRE((t.constant(Tensor(Shape{0, 3})) + row).value().str() == "(0, 3) []");
  REQUIRE((t.constant(Tensor(Shape{0, 1})) + row).value().str() == "(0, 3) []");
  REQUIRE((t.constant(2) + t.constant(3)).value().str() == "() [5]");
}

TEST_CASE("a repeated argument gets the sum of its copies' gradients") {
  Parameter row("row", Tensor({3}, {1, 2, 3})), column("column", Tensor({2, 1}, {10, 20})), one("one", Tensor({}, {4}));
  Tape t({&row, &column, &one});
  t.backward(t.leaf(row) * t.leaf(column) * t.leaf(one), Tensor({2, 3}, {1, 1, 1, 1, 0, 2}));
  REQUIRE(t.grad(row).str() == "(3) [120, 40, 200]");
  REQUIRE(t.grad(column).str() == "(2, 1) [24, 28]");
  REQUIRE(t.grad(one).str() == "() [200]");
}

TEST_CASE("an argument that meets no value gets a gradient of zero") {
  Parameter row("row", Tensor({3}, {1, 2, 3}));
  Tape t({&row});
  t.backward(t.leaf(row) + t.constant(Tensor(Shape{0, 3})), Tensor(Shape{0, 3}));
  REQUIRE(t.grad(row).str() == "(3) [0, 0, 0]");
}

TEST_CASE("minus zero keeps its sign") {
  Tape t;
  const Var zero = t.constant(0), negative = t.constant(-0.0);
  REQUIRE(std::signbit((-zero).item()));
  REQUIRE_FALSE(std::signbit((-negative).item()));
  REQUIRE(std::signbit((negative + negative).item()));
  REQUIRE(std::signbit((negative * 3).item()));
  REQUIRE((1 / negative).item() == -inf);
}

TEST_CASE("maximum, minimum, where: values by hand, NaN as in PyTorch") {
  Tape t;
  const Var a = t.constant(Tensor({4}, {1, 5, NaN, 2})), b = t.constant(Tensor({4}, {3, 2, 1, NaN}));
  REQUIRE(maximum(a, b).value().str() == "(4) [3, 5, nan, nan]");
  REQUIRE(minimum(a, b).value().str() == "(4) [1, 2, nan, nan]");
  REQUIRE(where(t.constant(Tensor({4}, {1, 0, 0, -2})), a, b).value().str() == "(4) [1, 2, 1, 2]");
  REQUIRE(where(t.constant(Tensor({2, 1}, {1, 0})), t.constant(Tensor({3}, {1, 2, 3})), 9).value().str() ==
          "(2, 3) [1, 2, 3, 9, 9, 9]");
}

TEST_CASE("at a tie maximum and minimum give each argument half of the gradient") {
  Parameter a("a", Tensor({3}, {1, 2, 3})), b("b", Tensor({3}, {1, 5, 0}));
  Tape t({&a, &b});
  t.backward(sum(maximum(t.leaf(a), t.leaf(b))));
  REQUIRE(t.grad(a).str() == "(3) [0.5, 0, 1]");
  REQUIRE(t.grad(b).str() == "(3) [0.5, 1, 0]");
  t.zero_grad();
  t.backward(sum(minimum(t.leaf(a), t.leaf(b))));
  REQUIRE(t.grad(a).str() == "(3) [0.5, 1, 0]");
  REQUIRE(t.grad(b).str() == "(3) [0.5, 0, 1]");
}

TEST_CASE("where passes no NaN from the branch that is not taken") {
  Parameter x("x", Tensor({2}, {-1, 4}));
  const Tensor g = gradient_of_sum(x, [](Var v) { return where(relu(v), sqrt(v), 0); });
  REQUIRE(g[1] == 0.25);
  Tape t;
  const Var broken = t.constant(Tensor({2}, {NaN, 5})), condition = t.constant(Tensor({2}, {0, 1}));
  REQUIRE(where(condition, broken, 3).value().str() == "(2) [3, 5]");
}

TEST_CASE("power: values and the gradient at 0") {
  Tape t;
  const Var x = t.constant(Tensor({4}, {-2, 0, 1, 3}));
  REQUIRE(power(x, 3).value().str() == "(4) [-8, 0, 1, 27]");
  REQUIRE(power(x, 0).value().str() == "(4) [1, 1, 1, 1]");
  REQUIRE(power(x, -1).value().str() == "(4) [-0.5, inf, 1, 0.333333]");
  REQUIRE(std::isnan(power(x, 0.5).value()[0]));
  Parameter p("p", Tensor({3}, {-2, 0, 3}));
  REQUIRE(gradient_of_sum(p, [](Var v) { return power(v, 3); }).str() == "(3) [12, 0, 27]");
  REQUIRE(gradient_of_sum(p, [](Var v) { return power(v, 1); }).str() == "(3) [1, 1, 1]");
  REQUIRE(gradient_of_sum(p, [](Var v) { return power(v, 0); }).str() == "(3) [0, 0, 0]");
}

TEST_CASE("gradients of arithmetic") {
  SECTION("add") {
    require_binary_gradient([](auto a, auto b) { return a + b; });
  }
  SECTION("sub") {
    require_binary_gradient([](auto a, auto b) { return a - 3 * b; });
  }
  SECTION("mul") {
    require_binary_gradient([](auto a, auto b) { return a * b; });
  }
  SECTION("div") {
    require_binary_gradient([](auto a, auto b) { return a / (b + 1); });
  }
  SECTION("maximum") {
    require_binary_gradient([](auto a, auto b) { return maximum(a, b * 1.3) * b + a; });
  }
  SECTION("minimum") {
    require_binary_gradient([](auto a, auto b) { return minimum(a, b * 1.3) * b + a; });
  }
}

TEST_CASE("gradients of maximum and minimum of a value and itself: a tie, and no kink") {
  Parameter x("x", random_tensor({2, 3}, 1));
  require_gradient([&](Tape& t) { return maximum(t.leaf(x), t.leaf(x)); }, {&x});
  require_gradient([&](Tape& t) { return minimum(t.leaf(x), t.leaf(x)); }, {&x});
}

TEST_CASE("gradients of neg, power, where") {
  Parameter x("x", random_tensor({2, 3}, 1, 0.5, 2)), y("y", random_tensor({3}, 2)), z("z", random_tensor({2, 1}, 3));
  require_gradient([&](Tape& t) { return -t.leaf(x); }, {&x});
  for (const double p : {2.0, 1.0, -1.0, 0.5, 3.7})
    require_gradient([&](Tape& t) { return power(t.leaf(x), p); }, {&x});
  require_gradient([&](Tape& t) { return power(t.leaf(x), 0) + t.leaf(x); }, {&x});
  const Tensor condition({2, 3}, {1, 0, 0, 2, 1, 0});
  require_gradient([&](Tape& t) { return where(t.constant(condition), t.leaf(x), t.leaf(y)); }, {&x, &y});
  require_gradient([&](Tape& t) { return where(t.constant(condition), t.leaf(y), t.leaf(z)); }, {&y, &z});
  require_gradient([&](Tape& t) { return where(t.constant(condition), 3, t.leaf(z)); }, {&z});
}

TEST_CASE("errors of arithmetic") {
  Pair p;
  Tape& t = p.t;
  const Var a = t.leaf(p.a), four = t.constant(Tensor::zeros({4}));
  const std::string text = ": expected shapes that broadcast to one another, got (2, 3) and (4)";
  REQUIRE(error_in_scope(t, [&] { a + four; }) == "add" + text);
  REQUIRE(error_in_scope(t, [&] { a - four; }) == "sub" + text);
  REQUIRE(error_in_scope(t, [&] { a* four; }) == "mul" + text);
  REQUIRE(error_in_scope(t, [&] { a / four; }) == "div" + text);
  REQUIRE(error_in_scope(t, [&] { maximum(a, four); }) == "maximum" + text);
  REQUIRE(error_in_scope(t, [&] { minimum(a, four); }) == "minimum" + text);
  REQUIRE(error_in_scope(t, [&] { where(a, four, 1); }) ==
          "where: expected shapes that broadcast to one another, got (2, 3), (4) and ()");
  REQUIRE_THROWS_WITH(Operand(1.0) + Operand(2.0),
                      "add: expected at least one Var among the arguments, got only numbers");
}

TEST_CASE("outside of scopes an error names the line of the operator") {
  Pair p;
  const Var a = p.t.leaf(p.a), four = p.t.constant(Tensor::zeros({4}));
  std::string text;
  int line = 0;
  try {
    line = __LINE__ + 1;
    a + four;
  } catch (const Error& e) {
    text = e.what();
  }
  REQUIRE(text == "add: expected shapes that broadcast to one another, got (2, 3) and (4), at arithmetic_test.cpp:" +
                      std::to_string(line));
}

TEST_CASE("large arrays give the same bits on any number of threads") {
  Parameter x("x", random_tensor({70, 1000}, 1)), row("row", random_tensor({1000}, 2)), one("one", Tensor({}, {0.7}));
  const auto run = [&](int threads) {
    Tape t({&x, &row, &one}, threads);
    t.backward(sum(square(t.leaf(x) * t.leaf(row) + t.leaf(one))));
    return std::vector<Tensor>{t.grad(x), t.grad(row), t.grad(one)};
  };
  const std::vector<Tensor> alone = run(1), shared = run(3);
  for (std::size_t k = 0; k < 3; ++k) REQUIRE(same_bits(alone[k], shared[k]));
}
