// The kernels against their specification, kernels/naive.h, through ops that are little else. (Products: product_test.cpp;
// the kernels of convolution: ops/conv_test.cpp.)
#include "autograd/kernels/naive.h"
#include "autograd/ops.h"
#include "autograd/tape.h"
#include "tests/autograd/heavy.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the plain loops, by hand") {
  CHECK(same_bits(naive::product(Tensor({2, 2}, {1, 2, 3, 4}), Tensor({2, 1}, {5, 6})), Tensor({2, 1}, {17, 39})));
  const Tensor x({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}), w({1, 1, 2, 2}, {1, 10, 100, 1000}), b({1}, {7});
  CHECK(same_bits(naive::convolve(x, w, b, 1, 0),
                  Tensor({1, 1, 1, 2}, {7 + 1 + 20 + 400 + 5000, 7 + 2 + 30 + 500 + 6000})));
  Tensor dx = Tensor::zeros(x.shape()), dw = Tensor::zeros(w.shape()), db = Tensor::zeros(b.shape());
  naive::convolve_backward(x, w, Tensor({1, 1, 1, 2}, {1, 2}), 1, 0, dx, dw, db);
  CHECK(same_bits(dx, Tensor(x.shape(), {1, 10 + 2, 20, 100, 1000 + 200, 2000})));
  CHECK(same_bits(dw, Tensor(w.shape(), {1 + 4, 2 + 6, 4 + 10, 5 + 12})));
  CHECK(same_bits(db, Tensor({1}, {3})));
  CHECK(difference(naive::softmax_rows(Tensor({1, 2}, {0, std::log(Real(3))})), Tensor({1, 2}, {0.25, 0.75})) < 1e-15);
  CHECK(same_bits(naive::expand(Tensor({2, 1}, {1, 2}), {2, 2}), Tensor({2, 2}, {1, 1, 2, 2})));
  CHECK(same_bits(naive::sum_to(Tensor({2, 2}, {1, 2, 3, 4}), {2}), Tensor({2}, {4, 6})));
  const int swapped[] = {1, 0};
  CHECK(
      same_bits(naive::permute_axes(Tensor({2, 3}, {1, 2, 3, 4, 5, 6}), swapped), Tensor({3, 2}, {1, 4, 2, 5, 3, 6})));
}

TEST_CASE("rows of softmax agree with a plain loop, in softmax and in attention") {
  for (const Index n : {1, 2, 15, 16, 17, 31, 100, 1000}) {
    INFO(n);
    Tensor x = random_tensor({5, n}, "x");
    Tape t;
    CHECK(difference(softmax(t.constant(x)).value(), naive::softmax_rows(x)) < 1e-14);
    // One head of width 1: the last query, 1, sees all keys, so that its scores are the keys.
    Tensor keys(Shape{1, n, 1}), v = random_tensor({1, n, 1}, "v");
    std::copy_n(x.data(), n, keys.data());
    const Tensor y =
        causal_attention(t.constant(Tensor::full({1, 1, 1}, 1)), t.constant(keys), t.constant(v), 1).value();
    Tensor row(Shape{1, n}), column(Shape{n, 1});
    std::copy_n(keys.data(), n, row.data());
    std::copy_n(v.data(), n, column.data());
    CHECK(std::abs(y[0] - naive::product(naive::softmax_rows(row), column)[0]) < 1e-14);
  }
}

TEST_CASE("expanding and summing back agree with a plain loop") {
  for (const auto& [small, large] : {std::pair<Shape, Shape>{{3}, {2, 3}},
                                     {{2, 1}, {2, 5}},
                                     {{1, 1}, {4, 3}},
                                     {{2, 1, 4}, {2, 3, 4}},
                                     {{3, 1, 5, 1}, {2, 3, 4, 5, 6}},
                                     {{1}, {1, 1}},
                                     {{2, 1, 3, 1, 2, 1}, {2, 2, 3, 2, 2, 5}},
                                     {{1, 700}, {300, 700}},
                                     {{0}, {2, 0}}}) {
    INFO(small.str() << " to " << large.str());
    Parameter x("x", random_tensor(small, "x"));
    Tape t({&x});
    const Var y = t.leaf(x) + t.constant(Tensor::zeros(large));
    CHECK(same_bits(y.value(), naive::expand(x.value(), large)));
    const Tensor G = random_tensor(large, "G");
    t.backward(y, G);
    CHECK(difference(t.grad(x), naive::sum_to(G, small)) < 1e-13);
  }
}

TEST_CASE("sums over axes agree with a plain loop") {
  Tape t;
  const Tensor x = random_tensor({40, 9, 130}, "x");
  CHECK(difference(sum(t.constant(x), {0}, true).value(), naive::sum_to(x, {1, 9, 130})) < 1e-13);
  CHECK(difference(sum(t.constant(x), {1}, true).value(), naive::sum_to(x, {40, 1, 130})) < 1e-13);
  CHECK(difference(sum(t.constant(x), {1, 2}, true).value(), naive::sum_to(x, {40, 1, 1})) < 1e-13);
  CHECK(difference(sum(t.constant(x)).value(), naive::sum_to(x, {})) < 1e-12);
  // Of a matrix's rows: the gradient of a bias
  Parameter b("b", random_tensor({130}, "b"));
  Tape moving({&b});
  const Var y =
      linear(moving.constant(Tensor::zeros({360, 2})), moving.constant(Tensor::zeros({130, 2})), moving.leaf(b));
  const Tensor G = random_tensor({360, 130}, "G");
  moving.backward(y, G);
  CHECK(difference(moving.grad(b), naive::sum_to(G, {130})) < 1e-13);
}

TEST_CASE("permuted axes agree with a plain loop") {
  Parameter x("x", random_tensor({2, 3, 4, 5}, "x"));
  const int order[] = {2, 0, 3, 1}, back[] = {1, 3, 0, 2};
  Tape t({&x});
  const Var y = permute(t.leaf(x), {2, 0, 3, 1});
  CHECK(same_bits(y.value(), naive::permute_axes(x.value(), order)));
  const Tensor G = random_tensor(y.shape(), "G");
  t.backward(y, G);
  CHECK(same_bits(t.grad(x), naive::permute_axes(G, back)));
}
