// Products of matrices, and the linear layer.
#include "autograd/product.h"
#include "autograd/recording.h"

namespace gradus::inline GRADUS_REAL {
namespace {

// C = A B.   A (M, K),  B (K, N),  C (M, N).
struct MatMul final : Node {
  const char* op() const override { return "matmul"; }
  const char* formula() const override { return "C = A B"; }

  Factor A() const { return {in(0).data(), in(0).shape()[0], in(0).shape()[1]}; }
  Factor B() const { return {in(1).data(), in(1).shape()[0], in(1).shape()[1]}; }

  void forward() override { product(A(), B(), value.data(), value.shape()[1], false, threads()); }

  // G = dL/dC (M, N).  From dL = sum(G * dC) and dC = dA B + A dB:
  //   dL/dA = G B^T    (M, N)(N, K) -> (M, K)
  //   dL/dB = A^T G    (K, M)(M, N) -> (K, N)
  void backward() override {
    const Factor G{grad.data(), value.shape()[0], value.shape()[1]};
    accumulate_product(0, G, B().t());
    accumulate_product(1, A().t(), G);
  }
};

}  // namespace

Var matmul(Operand a, Operand b) {
  const Inputs in("matmul", {a, b});
  const Shape &A = in.shape(0), &B = in.shape(1);
  if (A.rank() != 2 || B.rank() != 2 || A[1] != B[0]) in.fail("expected A (M, K) and B (K, N), got " + in.shapes());
  return in.run(in.make<MatMul>({A[0], B[1]}));
}

}  // namespace gradus::inline GRADUS_REAL
