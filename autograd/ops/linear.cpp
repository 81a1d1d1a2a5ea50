// The linear layer: a product with a weight matrix, and a bias added to every row.
#include "autograd/kernels/product.h"
#include "autograd/kernels/sums.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// Y = X W^T + 1 b.   X (M, K): x with its leading axes flattened,  W (N, K),  b (N),  1 (M, 1) a column of ones,
// Y (M, N). In GPT-2's layout the weight is stored as V (K, N), which is W^T.
struct LinearOp final : Node {
  bool stored_transposed = false;  // whether the weight is V

  const char* op() const override { return stored_transposed ? "conv1d_1x1" : "linear"; }
  const char* formula() const override { return stored_transposed ? "Y = X W + b" : "Y = X W^T + b"; }
  const char* derivative() const override {
    return stored_transposed ? "dL/dX = G W^T, dL/dW = X^T G, dL/db = sum of G's rows"
                             : "dL/dX = G W, dL/dW = G^T X, dL/db = sum of G's rows";
  }

  Index width() const { return value.shape()[-1]; }                             // N
  Index rows() const { return value.shape().outer(value.shape().rank() - 1); }  // M
  MatrixView X() const { return {in(0).data(), rows(), in(0).shape()[-1]}; }    // (M, K)
  MatrixView weight() const { return {in(1).data(), in(1).shape()[0], in(1).shape()[1]}; }
  MatrixView W() const { return stored_transposed ? weight().t() : weight(); }  // (N, K)
  bool has_bias() const { return inputs.size() == 3; }

  Flops flops() const override {
    const double one = 2.0 * static_cast<double>(value.size() * in(0).shape()[-1]);
    return {one, one * (needs(0) + needs(1))};
  }

  void forward() override {
    product(X(), W().t(), value.data(), width(), false, threads(), has_bias() ? in(2).data() : nullptr);
  }

  // G = dL/dY (M, N).  From dL = sum(G * dY) and dY = dX W^T + X dW^T + 1 db:
  //   dL/dX = G W      (M, N)(N, K) -> (M, K)
  //   dL/dW = G^T X    (N, M)(M, K) -> (N, K);   dL/dV = its transpose X^T G
  //   dL/db = 1^T G    the sum of G's rows
  void backward() override {
    const MatrixView G{grad.data(), rows(), width()};
    accumulate_product(0, G, W());
    if (stored_transposed)
      accumulate_product(1, X().t(), G);
    else
      accumulate_product(1, G.t(), X());
    if (has_bias() && needs(2)) {
      const Target to = target(2);
      sum_rows(grad.data(), rows(), *to.grad, to.add, threads());
    }
  }
};

Var linear_node(const Inputs& in, bool stored_transposed) {
  const Shape &x = in.shape(0), &w = in.shape(1);
  const int out = stored_transposed ? 1 : 0, depth = 1 - out;
  if (x.rank() < 1 || w.rank() != 2 || x[-1] != w[depth])
    in.fail(std::string("expected x (..., K) and weight ") + (stored_transposed ? "(K, N)" : "(N, K)") + ", got " +
            x.str() + " and " + w.str());
  if (in.count() == 3 && in.shape(2) != Shape{w[out]})
    in.fail("expected a bias of shape " + Shape{w[out]}.str() + " for weight " + w.str() + ", got " +
            in.shape(2).str());
  LinearOp& n = in.make<LinearOp>(in.shaped([&] { return x.with(-1, w[out]); }));
  n.stored_transposed = stored_transposed;
  return in.run(n);
}

}  // namespace

Var linear(Operand x, Operand weight) {
  return linear_node(Inputs("linear", {x, weight}), false);
}

Var linear(Operand x, Operand weight, Operand bias) {
  return linear_node(Inputs("linear", {x, weight, bias}), false);
}

Var conv1d_1x1(Operand x, Operand weight, Operand bias) {
  return linear_node(Inputs("conv1d_1x1", {x, weight, bias}), true);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
