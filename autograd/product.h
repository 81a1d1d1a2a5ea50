// Matrix products: the one place where Eigen's are instantiated (each costs seconds to compile). Internal.
#pragma once

#include "autograd/tensor.h"

namespace gradus::inline GRADUS_REAL {

// A row-major matrix in memory, its rows `stride` values apart. `transposed`: it enters the product as its transpose.
struct Factor {
  const Real* data;
  Index rows, cols, stride;
  bool transposed = false;

  Factor(const Real* from, Index m, Index n, Index row_stride) : data(from), rows(m), cols(n), stride(row_stride) {}
  Factor(const Real* from, Index m, Index n) : Factor(from, m, n, n) {}
  Factor t() const {
    Factor f = *this;
    f.transposed = !transposed;
    return f;
  }
  Index height() const { return transposed ? cols : rows; }  // rows as it enters the product
  Index width() const { return transposed ? rows : cols; }
};

// C = A B, or C += A B where `add`: A (M, K), B (K, N), C (M, N) with rows `stride` values apart.
//
// Large products are cut into tiles of C's rows (or columns, where it has few rows), each computed by one thread with
// its depth whole. The tiles follow from the shape alone, so the result is the same, bit for bit, for any number of
// threads. A row of C does not depend on how many other rows there are: see product.cpp.
void product(const Factor& a, const Factor& b, Real* c, Index stride, bool add, int threads);

}  // namespace gradus::inline GRADUS_REAL
