// Ops worked out by hand: sin, cos, log1p, silu, leaky_relu, min, var, vectors in matmul, views, expand, pooling with
// stride and padding, smoothed labels, layers without bias.
#include <cmath>

#include "tests/autograd/check.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

Tensor numbers(const Shape& shape) {  // 1, 2, 3 ...
  Tensor t(shape);
  for (Index i = 0; i < t.size(); ++i) t[i] = static_cast<Real>(i + 1);
  return t;
}

}  // namespace

TEST_CASE("sin, cos, log1p, silu and leaky_relu by hand") {
  Tape t;
  const Var x = t.constant(Tensor({2}, {0, std::acos(-1.0) / 2}));
  REQUIRE(sin(x).value()[0] == 0);
  REQUIRE(sin(x).value()[1] == Approx(1));
  REQUIRE(cos(x).value()[0] == 1);
  REQUIRE(cos(x).value()[1] == Approx(0).margin(1e-15));
  REQUIRE(log1p(t.constant(Tensor({2}, {1e-20, std::exp(1.0) - 1}))).value()[0] == 1e-20);
  REQUIRE(log1p(t.constant(Tensor({1}, {std::exp(1.0) - 1}))).item() == Approx(1));
  REQUIRE(silu(t.constant(Tensor({2}, {0, std::log(3.0)}))).value()[1] == Approx(0.75 * std::log(3.0)));
  REQUIRE(leaky_relu(t.constant(Tensor({3}, {2, 0, -2})), 0.25).value().str() == "(3) [2, 0, -0.5]");
  Parameter p("p", Tensor({2, 3}, {0.5, -1, 2, -3, 0.25, 1.5})),
      positive("q", Tensor({2, 3}, {0.5, 1, 2, 3, -0.25, 1.5}));
  require_gradient([&](Tape& s) { return sin(s.leaf(p)); }, {&p});
  require_gradient([&](Tape& s) { return cos(s.leaf(p)); }, {&p});
  require_gradient([&](Tape& s) { return log1p(s.leaf(positive)); }, {&positive});
  require_gradient([&](Tape& s) { return silu(s.leaf(p)); }, {&p});
  require_gradient([&](Tape& s) { return leaky_relu(s.leaf(p), 0.1); }, {&p});
}

TEST_CASE("min and var by hand") {
  Tape t;
  const Var x = t.constant(Tensor({2, 3}, {3, 1, 2, 4, 4, 10}));
  REQUIRE(min(x, {1}).value().str() == "(2) [1, 4]");
  REQUIRE(min(x, {0}, true).value().str() == "(1, 3) [3, 1, 2]");
  REQUIRE(var(x, {1}).value().str() == "(2) [1, 12]");  // means 2 and 6: (1 + 1) / 2, (4 + 4 + 16) / 2
  REQUIRE(var(x, {-1}, 0).value().str() == "(2) [0.666667, 8]");
  REQUIRE(std::isnan(var(t.constant(Tensor({1}, {5}))).item()));
  Parameter p("p", Tensor({2, 3}, {3, 1, 1, 4, 5, 10}));
  REQUIRE(gradient_of_sum(p, [](Var v) { return min(v, {1}); }).str() == "(2, 3) [0, 0.5, 0.5, 1, 0, 0]");
  Parameter q("q", Tensor({2, 3, 2}, {3, 1, 2, 4, 5, 10, -1, 0.5, 2.5, 7, 6, 0}));
  require_gradient([&](Tape& s) { return var(s.leaf(q), {0, 2}, 1, true); }, {&q});
  require_gradient([&](Tape& s) { return var(s.leaf(q), {-1}, 0); }, {&q});
  require_gradient([&](Tape& s) { return min(s.leaf(q), {1}); }, {&q});
  REQUIRE(error_in_scope(t, [&] { var(x, {0}, -1); }) == "var: expected a correction of 0 or more, got -1");
  REQUIRE_THAT(error_in_scope(t, [&] { min(t.constant(Tensor(Shape{0})), {0}); }),
               Contains("min: expected at least one value along axis 0"));
}

TEST_CASE("axes that are known only when the program runs") {
  Tape t;
  const Var x = t.constant(numbers({2, 3}));
  std::vector<int> axes;
  for (int i = 0; i < x.shape().rank(); ++i) axes.push_back(i);
  REQUIRE(sum(x, Axes(axes)).item() == 21);
  REQUIRE(permute(x, Axes(std::vector<int>{1, 0})).value().str() == "(3, 2) [1, 4, 2, 5, 3, 6]");
  REQUIRE_THROWS_WITH(Axes(std::vector<int>(7)), "axes: expected at most 6, got 7");
}

TEST_CASE("vectors in matmul") {
  Tape t;
  const Var v = t.constant(Tensor({3}, {1, 2, 3})), m = t.constant(numbers({2, 3}));
  REQUIRE(matmul(v, v).value().str() == "() [14]");
  REQUIRE(matmul(m, v).value().str() == "(2) [14, 32]");
  REQUIRE(matmul(t.constant(Tensor({2}, {1, 10})), m).value().str() == "(3) [41, 52, 63]");
  Parameter a("a", numbers({2, 3, 4})), b("b", numbers({4})), c("c", numbers({3}));
  require_gradient([&](Tape& s) { return matmul(s.leaf(a), s.leaf(b)); }, {&a, &b});
  require_gradient([&](Tape& s) { return matmul(s.leaf(c), s.leaf(a)); }, {&c, &a});
  REQUIRE(error_in_scope(t, [&] { matmul(m, t.constant(numbers({2}))); }) ==
          "matmul: expected A (K) or (..., M, K) and B (K) or (..., K, N), got (2, 3) and (2)");
}

TEST_CASE("squeeze, unsqueeze, flatten, split and expand") {
  Tape t;
  const Var x = t.constant(numbers({2, 1, 3}));
  REQUIRE(squeeze(x).shape() == Shape{2, 3});
  REQUIRE(squeeze(x, 1).shape() == Shape{2, 3});
  REQUIRE(squeeze(x, 0).shape() == Shape{2, 1, 3});
  REQUIRE(unsqueeze(x, -1).shape() == Shape{2, 1, 3, 1});
  REQUIRE(unsqueeze(x, 0).shape() == Shape{1, 2, 1, 3});
  REQUIRE(flatten(x).value().str() == "(6) [1, 2, 3, 4, 5, 6]");
  REQUIRE(flatten(x, 1).shape() == Shape{2, 3});
  REQUIRE(flatten(t.constant(Tensor({}, {7}))).shape() == Shape{1});
  const std::vector<Var> pieces = split(t.constant(numbers({5})), 2);
  REQUIRE(pieces.size() == 3);
  REQUIRE(pieces[1].value().str() == "(2) [3, 4]");
  REQUIRE(pieces[2].value().str() == "(1) [5]");
  REQUIRE(split(t.constant(Tensor(Shape{0, 2})), 3).size() == 1);
  REQUIRE(expand(t.constant(Tensor({2, 1}, {1, 2})), {2, 3}).value().str() == "(2, 3) [1, 1, 1, 2, 2, 2]");
  Parameter p("p", numbers({2, 1}));
  REQUIRE(gradient_of_sum(p, [](Var v) { return expand(v, {4, 2, 3}); }).str() == "(2, 1) [12, 12]");
  require_gradient([&](Tape& s) { return expand(s.leaf(p), {4, 2, 3}); }, {&p});
  require_gradient([&](Tape& s) { return split(flatten(s.leaf(p)), 1)[1]; }, {&p});
  REQUIRE(error_in_scope(t, [&] {
            expand(x, {2, 3});
          }) == "expand: expected a shape that (2, 1, 3) broadcasts to, got (2, 3)");
  REQUIRE(error_in_scope(t, [&] { split(x, 0); }) == "split: expected pieces of 1 value or more, got 0");
  REQUIRE(error_in_scope(t, [&] { unsqueeze(x, 5); }) ==
          "unsqueeze: expected a new axis of (2, 1, 3), from -4 to 3, got 5");
  REQUIRE(error_in_scope(t, [&] { flatten(x, 2, 0); }) ==
          "flatten: expected a first axis that is not behind the last, got 2 and 0 of (2, 1, 3)");
  REQUIRE(error_in_scope(t, [&] { squeeze(x, 3); }) == "squeeze: expected an axis of (2, 1, 3), from -3 to 2, got 3");
}

TEST_CASE("pooling with stride and padding by hand") {
  Tape t;
  const Var x = t.constant(numbers({1, 1, 3, 3}));
  REQUIRE(max_pool2d(x, 2, 1).value().str() == "(1, 1, 2, 2) [5, 6, 8, 9]");
  REQUIRE(avg_pool2d(x, 2, 1).value().str() == "(1, 1, 2, 2) [3, 4, 6, 7]");
  REQUIRE(max_pool2d(x, 3, 2, 1).value().str() == "(1, 1, 2, 2) [5, 6, 8, 9]");
  // Windows begin at -1 and 1; the sums 1 + 2 + 4 + 5, 2 + 3 + 5 + 6, 4 + 5 + 7 + 8, 5 + 6 + 8 + 9, each over 9.
  const Tensor mean = avg_pool2d(x, 3, 2, 1).value();
  REQUIRE(mean[0] == Approx(12 / 9.0));
  REQUIRE(mean[1] == Approx(16 / 9.0));
  REQUIRE(mean[2] == Approx(24 / 9.0));
  REQUIRE(mean[3] == Approx(28 / 9.0));
  Parameter p("p", Tensor({1, 2, 3, 4}, {3,  1,  4,  1.5, 5, 9,    2,   6,  5.5, 3.5, 8,  7,
                                         -1, -2, -4, -3,  0, 1.25, 2.5, -6, 10,  11,  13, 12}));
  require_gradient([&](Tape& s) { return max_pool2d(s.leaf(p), 2, 1); }, {&p});
  require_gradient([&](Tape& s) { return max_pool2d(s.leaf(p), 3, 2, 1); }, {&p});
  require_gradient([&](Tape& s) { return avg_pool2d(s.leaf(p), 3, 1, 1); }, {&p});
  REQUIRE(
      error_in_scope(t, [&] { max_pool2d(x, 2, 1, 2); }) ==
      "max_pool2d: expected a stride of 0 or more and a padding of 0 to half the window, got stride 1, padding 2 and "
      "windows of 2");
}

TEST_CASE("cross_entropy with smoothed labels by hand") {
  // Equal logits: every class has probability 1/2, so that any target costs log 2.
  Parameter x("x", Tensor({1, 2}, {0, 0}));
  Tape t({&x});
  const Index target[] = {1};
  const Var loss = cross_entropy(t.leaf(x), target, 0.2);
  REQUIRE(loss.item() == Approx(std::log(2.0)));
  t.backward(loss);  // 1/2 - 0.1 and 1/2 - 0.9
  REQUIRE(t.grad(x)[0] == Approx(0.4));
  REQUIRE(t.grad(x)[1] == Approx(-0.4));
  Parameter y("y", numbers({3, 4}));
  const Index targets[] = {0, ignore_index, 2};
  require_gradient([&](Tape& s) { return cross_entropy(s.leaf(y), targets, 0.3); }, {&y});
  REQUIRE(error_in_scope(t, [&] { cross_entropy(t.leaf(x), target, 1.5); }) ==
          "cross_entropy: expected a label smoothing from 0 to 1, got 1.5");
}

TEST_CASE("conv2d and layer_norm without bias are those with a bias of zeros") {
  Parameter x("x", numbers({2, 2, 4, 5})), w("w", numbers({3, 2, 2, 3})), g("g", numbers({5}));
  Tape t;
  const Var image = t.leaf(x), weight = t.leaf(w), gain = t.leaf(g);
  REQUIRE(same_bits(conv2d(image, weight, 2, 1).value(),
                    conv2d(image, weight, t.constant(Tensor::zeros({3})), 2, 1).value()));
  REQUIRE(same_bits(layer_norm(image, gain, 0.1).value(),
                    layer_norm(image, gain, t.constant(Tensor::zeros({5})), 0.1).value()));
  require_gradient([&](Tape& s) { return conv2d(s.leaf(x), s.leaf(w), 2, 1); }, {&x, &w});
  Parameter rows("rows", Tensor({2, 3}, {1, 2, 4, -1, 0.5, 3})), gains("gains", Tensor({3}, {1, 2, 3}));
  require_gradient([&](Tape& s) { return layer_norm(s.leaf(rows), s.leaf(gains), 0.1); }, {&rows, &gains});
  REQUIRE(error_in_scope(t, [&] { layer_norm(image, weight, 0.1); }) ==
          "layer_norm: expected x (..., C) and weight (C), got (2, 2, 4, 5) and (3, 2, 2, 3)");
}
