#include "autograd/gradcheck/gradcheck.h"
#include "autograd/kernels/naive.h"
#include "autograd/ops.h"
#include "tests/autograd/heavy.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

struct Case {
  Shape x, weight;
  int stride, padding;
  Op op() const {
    return [*this](std::span<const Var> v) { return conv2d(v[0], v[1], v[2], stride, padding); };
  }
  std::vector<Shape> shapes() const { return {x, weight, {weight[0]}}; }
  std::string str() const {
    return x.str() + " " + weight.str() + " stride " + std::to_string(stride) + " padding " + std::to_string(padding);
  }
};

}  // namespace

TEST_CASE("conv2d: by hand") {
  Tape t;
  const Var x = t.constant(Tensor({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})),
            w = t.constant(Tensor({1, 1, 2, 2}, {1, 0, 0, -1}));
  const Var b = t.constant(Tensor({1}, {100}));
  CHECK(conv2d(x, w, b).value().str() == "(1, 1, 2, 2) [96, 96, 96, 96]");  // each is 100 + x[y, x] - x[y + 1, x + 1]
  CHECK(conv2d(x, w, b, 2, 1).value().str() == "(1, 1, 2, 2) [99, 97, 93, 96]");
}

TEST_CASE("conv2d: gradients by hand") {
  Parameter x("x", Tensor({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})), w("w", Tensor({1, 1, 2, 2}, {1, 2, 3, 4})),
      b("b", Tensor({1}, {0}));
  Tape t({&x, &w, &b});
  const Var y = conv2d(t.leaf(x), t.leaf(w), t.leaf(b));
  t.backward(y, Tensor({1, 1, 2, 2}, {1, 0, 0, 2}));          // the first window, and twice the last
  CHECK(t.grad(w).str() == "(1, 1, 2, 2) [11, 14, 20, 23]");  // 1 + 2 * 5, 2 + 2 * 6, 4 + 2 * 8, 5 + 2 * 9
  CHECK(same_bits(t.grad(x), Tensor({1, 1, 3, 3}, {1, 2, 0, 3, 6, 4, 0, 6, 8})));
  CHECK(t.grad(b).str() == "(1) [3]");
  t.zero_grad();
  t.backward(sum(conv2d(t.leaf(x), t.leaf(w), t.leaf(b), 2, 0)));  // the first window alone
  CHECK(t.grad(w).str() == "(1, 1, 2, 2) [1, 2, 4, 5]");
}

TEST_CASE("conv2d: gradients") {
  for (const Case& c : {Case{{2, 3, 5, 4}, {2, 3, 3, 2}, 1, 0}, Case{{2, 2, 4, 5}, {3, 2, 3, 3}, 1, 1},
                        Case{{1, 2, 6, 7}, {2, 2, 3, 2}, 2, 1}, Case{{3, 1, 5, 5}, {2, 1, 2, 2}, 3, 2},
                        Case{{1, 3, 3, 3}, {2, 3, 1, 1}, 1, 0}, Case{{2, 1, 2, 3}, {2, 1, 4, 5}, 1, 2},
                        Case{{20, 1, 2, 3}, {2, 1, 2, 2}, 1, 0}, Case{{1, 2, 3, 4}, {9, 2, 1, 1}, 1, 1},
                        Case{{2, 9, 3, 2}, {2, 9, 2, 2}, 2, 3}, Case{{1, 9, 3, 4}, {2, 9, 3, 3}, 1, 1}}) {
    INFO(c.str());
    Parameter x("x", random_tensor(c.x, "x")), w("w", random_tensor(c.weight, "w")),
        b("b", random_tensor({c.weight[0]}, "b"));
    const Gradcheck check =
        gradcheck([&](Tape& t) { return conv2d(t.leaf(x), t.leaf(w), t.leaf(b), c.stride, c.padding); }, {&x, &w, &b});
    INFO(check.report());
    CHECK(check.passed);
  }
}

TEST_CASE("conv2d: gradients add up where its inputs are used twice") {
  Parameter x("x", random_tensor({1, 9, 3, 19}, "x")), w("w", random_tensor({9, 9, 2, 2}, "w")),
      b("b", random_tensor({9}, "b"));
  const Gradcheck check = gradcheck(
      [&](Tape& t) {
        const Var image = t.leaf(x), weight = t.leaf(w), bias = t.leaf(b);
        return conv2d(image, weight, bias, 1, 1) * conv2d(image, weight, bias, 1, 1);
      },
      {&x, &w, &b});
  INFO(check.report());
  CHECK(check.passed);
}

TEST_CASE("conv2d: gradients where most of dL/dy is 0") {
  for (const Case& c : {Case{{2, 3, 5, 6}, {9, 3, 3, 3}, 1, 1}, Case{{9, 2, 4, 5}, {3, 2, 3, 2}, 2, 1}}) {
    INFO(c.str());
    Parameter x("x", random_tensor(c.x, "x")), w("w", random_tensor(c.weight, "w")),
        b("b", random_tensor({c.weight[0]}, "b"));
    const Gradcheck check = gradcheck(
        [&](Tape& t) {
          const Var y = conv2d(t.leaf(x), t.leaf(w), t.leaf(b), c.stride, c.padding);
          Tensor some = Tensor::zeros(y.shape());
          const Index plane = y.shape()[2] * y.shape()[3];
          for (Index i = 0; i < some.size(); ++i)
            if (i % 5 == 0 && i / plane % 3 != 0) some[i] = 1;  // and every third channel is empty
          return y * t.constant(some);
        },
        {&x, &w, &b});
    INFO(check.report());
    CHECK(check.passed);
  }
}

TEST_CASE("conv2d of images without channels is its bias") {
  Parameter x("x", Tensor(Shape{1, 0, 3, 3})), w("w", Tensor(Shape{2, 0, 2, 2})), b("b", Tensor({2}, {3, 4}));
  Tape t({&x, &w, &b});
  const Var y = conv2d(t.leaf(x), t.leaf(w), t.leaf(b), 2, 0);
  CHECK(y.value().str() == "(1, 2, 1, 1) [3, 4]");
  t.backward(sum(y));
  CHECK(t.grad(w).size() == 0);
  CHECK(same_bits(t.grad(b), Tensor({2}, {1, 1})));
}

TEST_CASE("conv2d of an image with empty channels, and of an empty image") {
  const Tensor w = random_tensor({3, 3, 2, 2}, "w"), b = random_tensor({3}, "b");
  Tensor x = Tensor::zeros({2, 3, 4, 5});
  x.at({0, 1, 3, 4}) = 2;  // one pixel, in the last corner
  Tape t;
  const Tensor y = conv2d(t.constant(x), t.constant(w), t.constant(b), 1, 1).value();
  CHECK(same_bits(y, naive::convolve(x, w, b, 1, 1)));
}

TEST_CASE("conv2d agrees with its definition, forward and backward") {
  for (const Case& c : {Case{{3, 1, 28, 28}, {6, 1, 5, 5}, 1, 2}, Case{{2, 16, 14, 14}, {5, 16, 5, 5}, 1, 2},
                        Case{{1, 2, 9, 130}, {3, 2, 3, 3}, 1, 0}, Case{{2, 3, 31, 17}, {4, 3, 3, 5}, 2, 1},
                        Case{{20, 1, 6, 6}, {2, 1, 3, 3}, 3, 0}, Case{{1, 2, 30, 30}, {17, 2, 4, 3}, 2, 5},
                        Case{{1, 3, 6, 35}, {16, 3, 3, 2}, 1, 1}, Case{{9, 1, 4, 3}, {50, 1, 3, 3}, 1, 1}}) {
    INFO(c.str());
    Parameter x("x", random_tensor(c.x, "x")), w("w", random_tensor(c.weight, "w")),
        b("b", random_tensor({c.weight[0]}, "b"));
    Tape t({&x, &w, &b});
    const Var y = conv2d(t.leaf(x), t.leaf(w), t.leaf(b), c.stride, c.padding);
    CHECK(difference(y.value(), naive::convolve(x.value(), w.value(), b.value(), c.stride, c.padding)) < 1e-14);
    const Tensor G = random_tensor(y.shape(), "G");
    t.backward(y, G);
    Tensor dx = Tensor::zeros(c.x), dw = Tensor::zeros(c.weight), db = Tensor::zeros({c.weight[0]});
    naive::convolve_backward(x.value(), w.value(), G, c.stride, c.padding, dx, dw, db);
    CHECK(difference(t.grad(x), dx) < 1e-14);
    CHECK(difference(t.grad(w), dw) < 1e-13);
    CHECK(difference(t.grad(b), db) < 1e-13);
  }
}

TEST_CASE("conv2d does not depend on the number of threads, nor an image on its batch") {
  for (const Case& c : {Case{{19, 3, 14, 15}, {8, 3, 5, 5}, 1, 2}, Case{{1, 16, 14, 14}, {7, 16, 5, 5}, 1, 2},
                        Case{{5, 4, 21, 20}, {6, 4, 3, 3}, 2, 1}}) {
    INFO(c.str());
    CHECK(threads_agree(c.op(), c.shapes()));
    Tape t;
    const Var w = t.constant(random_tensor(c.weight, "w")), b = t.constant(random_tensor({c.weight[0]}, "b"));
    Tensor x = random_tensor(c.x, "x"), first(Shape{1, c.x[1], c.x[2], c.x[3]});
    std::copy_n(x.data(), first.size(), first.data());
    const Tensor all = conv2d(t.constant(x), w, b, c.stride, c.padding).value();
    const Tensor one = conv2d(t.constant(first), w, b, c.stride, c.padding).value();
    CHECK(std::equal(one.data(), one.data() + one.size(), all.data()));
  }
}

TEST_CASE("conv2d of no images gives no images, and zero weight gradients") {
  Parameter w("w", random_tensor({2, 1, 2, 2}, "w")), b("b", Tensor::zeros({2}));
  Tape t({&w, &b});
  const Var y = conv2d(t.constant(Tensor(Shape{0, 1, 4, 4})), t.leaf(w), t.leaf(b));
  CHECK(y.shape() == Shape{0, 2, 3, 3});
  t.backward(y, Tensor(y.shape()));
  CHECK(same_bits(t.grad(w), Tensor::zeros({2, 1, 2, 2})));
  CHECK(same_bits(t.grad(b), Tensor::zeros({2})));
}

TEST_CASE("conv2d: errors name what was expected") {
  Tape t;
  const auto zeros = [&](const Shape& s) { return t.constant(Tensor::zeros(s)); };
  using Catch::Matchers::StartsWith;
  CHECK_THROWS_WITH(
      conv2d(zeros({1, 2, 5, 5}), zeros({3, 1, 2, 2}), zeros({3})),
      StartsWith(
          "conv2d: expected x (N, C, H, W) and weight (C_out, C, kH, kW), got (1, 2, 5, 5) and (3, 1, 2, 2), at conv_test.cpp:"));
  CHECK_THROWS_WITH(conv2d(zeros({1, 2, 5}), zeros({3, 2, 2, 2}), zeros({3})),
                    StartsWith("conv2d: expected x (N, C, H, W)"));
  CHECK_THROWS_WITH(conv2d(zeros({1, 2, 5, 5}), zeros({3, 2, 2, 2}), zeros({2})),
                    StartsWith("conv2d: expected a bias of shape (3) for weight (3, 2, 2, 2), got (2)"));
  CHECK_THROWS_WITH(
      conv2d(zeros({1, 2, 5, 5}), zeros({3, 2, 2, 2}), zeros({3}), 0, -1),
      StartsWith("conv2d: expected a stride of 1 or more and a padding of 0 or more, got stride 0 and padding -1"));
  CHECK_THROWS_WITH(
      conv2d(zeros({1, 2, 3, 5}), zeros({3, 2, 6, 2}), zeros({3}), 1, 1),
      StartsWith(
          "conv2d: expected windows of at least one pixel and no larger than the padded image (5, 7), got (6, 2)"));
}
