// What node.h offers to an op of one's own.
#include "tests/autograd/check.h"
#include "tests/autograd/exercise.h"

using namespace gradus;

TEST_CASE("gradients of an op that gives tensors away, some to an input that was repeated or is frozen") {
  // y (2, 3) = x w, with one row w (3) for both rows of x
  const auto scaled = [](Var x, Var w) {
    return exercise({x, w}, x.shape(), each([](Exercise& n, Index j) { return n.in(0)[j] * n.in(1)[j % 3]; }),
                    [](Exercise& n) {
                      Tensor dx = n.scratch({2, 3}), dw = n.scratch({2, 3});
                      for (Index j = 0; j < 6; ++j) {
                        dx[j] = n.grad[j] * n.in(1)[j % 3];
                        dw[j] = n.grad[j] * n.in(0)[j];
                      }
                      n.accumulate_broadcast(0, dx);
                      n.accumulate_broadcast(1, dw);
                    });
  };
  Parameter x("x", random_tensor({2, 3}, 1)), w("w", random_tensor({3}, 2));
  require_gradient([&](Tape& t) { return scaled(t.leaf(x), t.leaf(w)); }, {&x, &w});
}

TEST_CASE(
    "gradients by an element function and by assign_or_add: assigned first, added later, nothing for what is frozen") {
  Parameter x("x", Tensor({3}, {1, 2, 3})), frozen("frozen", Tensor({3}, {4, 5, 6}));
  int asked = 0;
  const auto doubled = [&](Var a, Var b) {
    return exercise({a, b}, {3}, each([](Exercise& n, Index j) { return 2 * n.in(0)[j] + n.in(1)[j]; }),
                    [&asked](Exercise& n) {
                      n.accumulate(0, [&](Index j) { return 2 * n.grad[j]; });
                      n.accumulate(1, [&](Index j) { return ++asked * n.grad[j]; });
                    });
  };
  Tape t({&x});
  t.backward(doubled(t.leaf(x), t.leaf(frozen)), Tensor({3}, {1, 10, 100}));
  CHECK(t.grad(x).str() == "(3) [2, 20, 200]");
  t.backward(doubled(t.leaf(x), t.leaf(frozen)), Tensor({3}, {1, 1, 1}));
  CHECK(t.grad(x).str() == "(3) [4, 22, 202]");
  CHECK(asked == 0);

  Real number = 3;
  assign_or_add(number, true, 4);
  CHECK(number == 7);
  assign_or_add(number, false, 5);
  CHECK(number == 5);
}

TEST_CASE("flops of products: two for each term, forward, and backward for what needs a gradient") {
  Parameter a("a", random_tensor({2, 3}, 1)), b("b", random_tensor({3, 4}, 2));
  const auto flops = [](const Var& y) { return std::pair(y.node().flops().forward, y.node().flops().backward); };
  {
    Tape t({&a, &b});
    CHECK(flops(matmul(t.leaf(a), t.leaf(b))) == std::pair(48.0, 96.0));  // 2 * 2 * 3 * 4
    CHECK(flops(t.leaf(a) * t.leaf(a)) == std::pair(0.0, 0.0));
    CHECK(flops(t.leaf(a)) == std::pair(0.0, 0.0));
  }
  Tape t({&b});
  CHECK(flops(matmul(t.leaf(a), t.leaf(b))) == std::pair(48.0, 48.0));
  CHECK(flops(matmul(t.constant(Tensor::zeros({5, 2, 3})), t.leaf(b))) == std::pair(240.0, 240.0));
  CHECK(flops(conv1d_1x1(t.leaf(a), t.leaf(b), t.constant(Tensor::zeros({4})))) == std::pair(48.0, 48.0));
  CHECK(flops(linear(t.leaf(b), t.constant(Tensor::zeros({7, 4})))) == std::pair(168.0, 168.0));  // 2 * 3 * 4 * 7
  // x (2, 3, 5, 5), weight (4, 3, 2, 2) -> (2, 4, 4, 4), each a sum of 12 products
  const Var x = t.constant(Tensor::zeros({2, 3, 5, 5})), w = t.constant(Tensor::zeros({4, 3, 2, 2}));
  CHECK(flops(conv2d(x, w, t.constant(Tensor::zeros({4})))) == std::pair(2 * 128 * 12.0, 0.0));
  // Q K^T and P V over 3 queries and 3 keys of width 4, and backward dL/dP, dL/dQ, dL/dK, dL/dV
  const Var qkv = reshape(t.leaf(b), {1, 3, 4});
  const double one = 2 * 3 * 3 * 4;
  CHECK(flops(causal_attention(qkv, qkv, qkv, 2)) == std::pair(2 * one, 4 * one));
  const Var still = t.constant(Tensor::zeros({1, 3, 4}));
  CHECK(flops(causal_attention(still, still, qkv, 2)) == std::pair(2 * one, one));      // dL/dV
  CHECK(flops(causal_attention(qkv, still, still, 2)) == std::pair(2 * one, 2 * one));  // dL/dP, dL/dQ
}
