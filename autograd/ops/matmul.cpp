// Products of matrices, one or many.
#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/product.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// Of C = A B with K = A's last size, and of dL/dA and dL/dB as far as they are needed.
Node::Flops product_flops(const Node& n) {
  const double one = 2.0 * static_cast<double>(n.value.size() * n.in(0).shape()[-1]);
  return {one, one * (n.needs(0) + n.needs(1))};
}

// C = A B.   A (M, K),  B (K, N),  C (M, N).
struct MatMul final : Node {
  const char* op() const override { return "matmul"; }
  const char* formula() const override { return "C = A B"; }
  const char* derivative() const override { return "dL/dA = G B^T, dL/dB = A^T G"; }

  MatrixView A() const { return {in(0).data(), in(0).shape()[0], in(0).shape()[1]}; }
  MatrixView B() const { return {in(1).data(), in(1).shape()[0], in(1).shape()[1]}; }

  Flops flops() const override { return product_flops(*this); }

  void forward() override { product(A(), B(), value.data(), value.shape()[1], false, threads()); }

  // G = dL/dC (M, N).  From dL = sum(G * dC) and dC = dA B + A dB:
  //   dL/dA = G B^T    (M, N)(N, K) -> (M, K)
  //   dL/dB = A^T G    (K, M)(M, N) -> (K, N)
  void backward() override {
    const MatrixView G{grad.data(), value.shape()[0], value.shape()[1]};
    accumulate_product(0, G, B().t());
    accumulate_product(1, A().t(), G);
  }
};

// The axes before the last two, and all sizes when the last two are put behind them again.
Shape leading(const Shape& s) {
  return s.without(-1).without(-1);
}
Shape matrices(const Shape& leading, Index rows, Index cols) {
  return leading.inserted(leading.rank(), rows).inserted(leading.rank() + 1, cols);
}

// C_n = A_a(n) B_b(n) for every n over the result's leading axes, to which those of A and B are broadcast.
// A (..., M, K),  B (..., K, N),  C (..., M, N).
struct BatchedMatMul final : Node {
  const char* op() const override { return "matmul"; }
  const char* formula() const override { return "C_n = A_n B_n for every n over the leading axes"; }
  const char* derivative() const override {
    return "dL/dA_n = G_n B_n^T, dL/dB_n = A_n^T G_n, summed over the copies of what was broadcast";
  }

  Flops flops() const override { return product_flops(*this); }

  Index count() const { return leading(value.shape()).size(); }

  // Matrix n of the result, or its gradient; and the matrix of input i that it is made from.
  MatrixView of_result(const Tensor& t, Index n) const {
    const Index M = t.shape()[-2], N = t.shape()[-1];
    return {t.data() + n * M * N, M, N};
  }
  MatrixView of_input(int i, Index n) const {
    const Shape own = leading(in(i).shape()), all = leading(value.shape());
    Index which = 0, step = 1;
    for (int axis = -1; axis >= -own.rank(); --axis) {
      if (own[axis] != 1) which += n % all[axis] * step;
      step *= own[axis];
      n /= all[axis];
    }
    return of_result(in(i), which);
  }

  void forward() override {
    const Index N = value.shape()[-1], size = value.shape()[-2] * N;
    parallel_for(threads(), count(),
                 [&](Index n) { product(of_input(0, n), of_input(1, n), value.data() + n * size, N, false, 1); });
  }

  // For every n as in MatMul; what was broadcast gets the sum over all n that used it.
  void backward() override {
    accumulate_products(
        0, [&](Index n) { return of_result(grad, n); }, [&](Index n) { return of_input(1, n).t(); });
    accumulate_products(
        1, [&](Index n) { return of_input(0, n).t(); }, [&](Index n) { return of_result(grad, n); });
  }

  template <class A, class B>
  void accumulate_products(int i, const A& a, const B& b) {
    if (!needs(i)) return;
    const Index rows = in(i).shape()[-2], cols = in(i).shape()[-1];
    const auto products = [&](Tensor& to, bool add) {
      parallel_for(threads(), count(),
                   [&](Index n) { product(a(n), b(n), to.data() + n * rows * cols, cols, add, 1); });
    };
    if (leading(in(i).shape()).size() == count()) {
      const Target to = target(i);
      products(*to.grad, to.add);
    } else {
      Tensor each = scratch(matrices(leading(value.shape()), rows, cols));
      products(each, false);
      accumulate_broadcast(i, each);
    }
  }
};

// A vector as A becomes a row (1, K), as B a column (K, 1); their axes are left out of the result.
Var with_vector(const Inputs& in, const Operand& a, const Operand& b) {
  const Shape &A = in.shape(0), &B = in.shape(1);
  const bool row = A.rank() == 1, column = B.rank() == 1;
  if (A.rank() == 0 || B.rank() == 0 || A[-1] != B[column ? 0 : -2])
    in.fail("expected A (K) or (..., M, K) and B (K) or (..., K, N), got " + in.shapes());
  const Var left = row ? reshape(a, A.inserted(0, 1)) : a.var, right = column ? reshape(b, B.inserted(1, 1)) : b.var;
  const Var c = matmul({left, a.at}, {right, a.at});
  const Shape kept = row ? c.shape().without(-2) : c.shape();
  return reshape({c, a.at}, column ? kept.without(-1) : kept);
}

}  // namespace

Var matmul(Operand a, Operand b) {
  const Inputs in("matmul", {a, b});
  const Shape &A = in.shape(0), &B = in.shape(1);
  if (A.rank() == 1 || B.rank() == 1) return with_vector(in, a, b);
  if (A.rank() < 2 || B.rank() < 2 || A[-1] != B[-2])
    in.fail("expected A (..., M, K) and B (..., K, N), got " + in.shapes());
  if (A.rank() == 2 && B.rank() == 2) return in.run(in.make<MatMul>(in.shaped([&] { return Shape{A[0], B[1]}; })));
  Shape all;
  if (!broadcast_shapes(leading(A), leading(B), all))
    in.fail("expected leading axes that broadcast, of A (..., M, K) and B (..., K, N), got " + in.shapes());
  return in.run(in.make<BatchedMatMul>(in.shaped([&] { return matrices(all, A[-2], B[-1]); })));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
