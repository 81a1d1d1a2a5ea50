// Exercise 05: the product of two matrices. README.md beside this file tells what to do.
#include "exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// C_mn = sum over k of A_mk B_kn.  A (M, K), B (K, N), C (M, N).
struct MyMatMul final : Exercise {
  const char* op() const override { return "my_matmul"; }
  const char* formula() const override { return "C = A B"; }
  const char* derivative() const override { return "dL/dA = G B^T, dL/dB = A^T G"; }

  Index M() const { return value.shape()[0]; }
  Index N() const { return value.shape()[1]; }
  Index K() const { return in(0).shape()[1]; }

  // A matrix's element (row, column), for matrices with so many columns.
  static Real at(const Tensor& matrix, Index columns, Index row, Index column) {
    return matrix[row * columns + column];
  }

  void forward() override {
    ++forward_runs;
    for (Index m = 0; m < M(); ++m)
      for (Index n = 0; n < N(); ++n) {
        Real sum = 0;
        for (Index k = 0; k < K(); ++k) sum += at(in(0), K(), m, k) * at(in(1), N(), k, n);
        value[m * N() + n] = sum;
      }
  }

  // G = dL/dC (M, N), here `grad`.
  void backward() override {
    ++backward_runs;
    const Tensor &A = in(0), &B = in(1);
    // YOUR CODE 1: dL/dA (M, K), its element (m, k).
    accumulate(0, [&](Index j) {
      const Index m = j / K(), k = j % K();
      Real sum = 0;
      for (Index n = 0; n < N(); ++n) sum += at(grad, N(), m, n) * at(B, N(), k, n);
      return sum;
    });
    // YOUR CODE 2: dL/dB (K, N), its element (k, n).
    accumulate(1, [&](Index j) {
      const Index k = j / N(), n = j % N();
      Real sum = 0;
      for (Index m = 0; m < M(); ++m) sum += at(A, K(), m, k) * at(grad, N(), m, n);
      return sum;
    });
  }
};

Var my_matmul(Operand A, Operand B) {
  const Inputs in("my_matmul", {A, B});
  const Shape &a = in.shape(0), &b = in.shape(1);
  if (a.rank() != 2 || b.rank() != 2 || a[1] != b[0]) in.fail("expected A (M, K) and B (K, N), got " + in.shapes());
  return in.run(in.make<MyMatMul>({a[0], b[1]}));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
