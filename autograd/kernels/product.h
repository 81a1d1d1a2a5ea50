// Matrix products, the most of all work here. Internal.
#pragma once

#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

// A row-major matrix in memory, its rows `stride` values apart. `transposed`: it enters the product as its transpose.
struct MatrixView {
  const Real* data;
  Index rows, cols, stride;
  bool transposed = false;

  MatrixView(const Real* from, Index m, Index n, Index row_stride) : data(from), rows(m), cols(n), stride(row_stride) {}
  MatrixView(const Real* from, Index m, Index n) : MatrixView(from, m, n, n) {}
  MatrixView t() const {
    MatrixView f = *this;
    f.transposed = !transposed;
    return f;
  }
  Index height() const { return transposed ? cols : rows; }  // rows as it enters the product
  Index width() const { return transposed ? rows : cols; }
};

// C = A B, or C += A B where `add`, or C = 1 b + A B with a `bias` b (N): A (M, K), B (K, N), C (M, N) with rows
// `stride` values apart, 1 (M, 1) a column of ones.
//
// A value of C follows from its row of A, its column of B and K alone, bit for bit: not from the rows and columns
// beside it (a sentence is judged the same alone and in a batch), nor from the number of threads, each of which
// computes rows of C, or columns where it has few rows.
void product(const MatrixView& a, const MatrixView& b, Real* c, Index stride, bool add, int threads,
             const Real* bias = nullptr);

}  // namespace GRADUS_REAL
}  // namespace gradus
