// Products, through the op that is nothing but a product: a row of the result never depends on how many other rows
// there are, nor on the number of threads, bit for bit. product_test32.cpp runs the same cases in float.
#include "autograd/kernels/naive.h"
#include "autograd/ops.h"
#include "autograd/tape.h"
#include "tests/autograd/heavy.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

Tensor rows_of(const Tensor& from, Index rows) {
  Tensor t(Shape{rows, from.shape()[1]});
  std::copy_n(from.data(), t.size(), t.data());
  return t;
}

Tensor product_of(const Tensor& a, const Tensor& b, int threads) {
  Tape t({}, threads);
  return matmul(t.constant(a), t.constant(b)).value();
}

Tensor product_with_transposed(const Tensor& a, const Tensor& b, int threads) {
  Tape t({}, threads);
  return linear(t.constant(a), t.constant(b)).value();
}

}  // namespace

TEST_CASE("a row of a product does not depend on the rows beside it") {
  constexpr Index most = 200;
  for (const Index K : {1, 2, 5, 31, 64, 400, 800})
    for (const Index N : {1, 2, 7, 17, 33, 65, 130, 200}) {
      const Tensor a = random_tensor({most, K}, "a"), b = random_tensor({K, N}, "b"), bt = random_tensor({N, K}, "b");
      const Tensor all = product_of(a, b, 1), all_t = product_with_transposed(a, bt, 1);
      for (const Index M : {1, 2, 3, 4, 5, 8, 13, 32, 33, 40, 128, 129, 200}) {
        INFO("M " << M << ", K " << K << ", N " << N);
        const Tensor some = rows_of(a, M);
        const bool same = same_bits(product_of(some, b, 2), rows_of(all, M));
        const bool same_t = same_bits(product_with_transposed(some, bt, 2), rows_of(all_t, M));
        CHECK(same);
        CHECK(same_t);
      }
    }
}

TEST_CASE("a product does not depend on the number of threads, forward and backward") {
  const Op product = [](std::span<const Var> x) { return matmul(x[0], x[1]); };
  for (const Shape& s :
       {Shape{768, 64, 130}, Shape{300, 129, 65}, Shape{5, 400, 700}, Shape{1, 900, 300}, Shape{33, 1000, 40}}) {
    INFO(s.str());
    CHECK(threads_agree(product, {{s[0], s[1]}, {s[1], s[2]}}));
  }
}

TEST_CASE("a product of depth 0 is zero, and products without rows or columns are empty") {
  const Tensor zero = product_of(Tensor(Shape{3, 0}), Tensor(Shape{0, 2}), 1);
  CHECK(same_bits(zero, Tensor::zeros({3, 2})));
  CHECK(product_of(Tensor(Shape{0, 4}), Tensor::zeros({4, 2}), 1).shape() == Shape{0, 2});
  CHECK(product_of(Tensor::zeros({2, 4}), Tensor(Shape{4, 0}), 1).shape() == Shape{2, 0});
}

TEST_CASE("products agree with a plain sum, alone and added to a bias") {
  for (const Shape& s : {Shape{130, 900, 70}, Shape{7, 50, 300}, Shape{64, 3, 1}, Shape{300, 20, 97}, Shape{9, 600, 48},
                         Shape{3, 0, 40}})
    for (const int threads : {1, 2}) {
      INFO(s.str() << " on " << threads);
      const Index M = s[0], K = s[1], N = s[2];
      const Tensor a = random_tensor({M, K}, "a"), b = random_tensor({K, N}, "b"), bias = random_tensor({N}, "bias");
      const Tensor plain = naive::product(a, b);
      Tensor plain_with_bias = plain;
      for (Index i = 0; i < M * N; ++i) plain_with_bias[i] += bias[i % N];
      Tape t({}, threads);
      const Tensor with_bias = conv1d_1x1(t.constant(a), t.constant(b), t.constant(bias)).value();
      CHECK(difference(product_of(a, b, threads), plain) < (sizeof(Real) == 4 ? 2e-6 : 2e-15));
      CHECK(difference(with_bias, plain_with_bias) < (sizeof(Real) == 4 ? 2e-6 : 2e-15));
    }
}
