// Eigen's kernel copies blocks of A and B to memory of its own: on the stack up to this many bytes, and above it on the
// heap, where a large block is fetched from the system and given back at every product. Set before Eigen is included.
#define EIGEN_STACK_ALLOCATION_LIMIT (1 << 20)

#include "autograd/product.h"

#include "autograd/eigen_view.h"

namespace gradus::inline GRADUS_REAL {
namespace {

// Eigen's public product chooses another algorithm, other block sizes and another order of additions for small
// matrices, for a single row and for the last rows. The last bits of a row would then depend on how many other rows
// there are: a sentence would be judged differently alone and in a batch. So the kernel under it is called here, with
//   - block sizes that follow from K alone (the kernel adds up a sum block after block, so kc decides the last bits),
//   - rows in fours: the kernel computes four at once, and leftover rows in another order. They are filled up with
//   zeros,
//   - cuts of C's columns at multiples of 48 alone: three of the widest registers, the kernel's widest step.
constexpr Index row_step = 4, col_step = 48;
// At most so much of K and so many columns at once: four rows of A (8 KB in float) stay in the first cache, a block of
// B (384 KB) in the second.
constexpr Index deepest = 512, widest = 4 * col_step;

struct Blocking : Eigen::internal::level3_blocking<Real, Real> {
  // The kernel computes a column-major result, here C^T = B^T A^T, so that its m counts C's columns and its n C's rows.
  Blocking(Index M, Index K) {
    const Index sweeps = (K + deepest - 1) / deepest;  // over C; the depths of a sweep differ as little as possible
    m_kc = ((K + sweeps - 1) / sweeps + 7) / 8 * 8;
    m_mc = widest;
    m_nc = M;
  }
};

template <int OrderA, int OrderB>
void kernel(const Factor& a, const Factor& b, Real* c, Index stride) {
  Blocking blocking(a.height(), a.width());
  Eigen::internal::general_matrix_matrix_product<Index, Real, OrderA, false, Real, OrderB, false, Eigen::RowMajor,
                                                 1>::run(a.height(), b.width(), a.width(), a.data, a.stride, b.data,
                                                         b.stride, c, 1, stride, Real(1), blocking);
}

// C += A B, on one thread, where A's height is a multiple of row_step and nothing is empty. A transposed row-major
// matrix is the same memory read column-major.
void add_product(const Factor& a, const Factor& b, Real* c, Index stride) {
  using Eigen::ColMajor, Eigen::RowMajor;
  if (!a.transposed && !b.transposed)
    kernel<RowMajor, RowMajor>(a, b, c, stride);
  else if (!a.transposed)
    kernel<RowMajor, ColMajor>(a, b, c, stride);
  else if (!b.transposed)
    kernel<ColMajor, RowMajor>(a, b, c, stride);
  else
    kernel<ColMajor, ColMajor>(a, b, c, stride);
}

// Rows [begin, begin + count) of a factor as it enters the product.
Factor rows_of(const Factor& f, Index begin, Index count) {
  Factor part = f;
  part.data += f.transposed ? begin : begin * f.stride;
  (f.transposed ? part.cols : part.rows) = count;
  return part;
}

Factor cols_of(const Factor& f, Index begin, Index count) {
  return rows_of(f.t(), begin, count).t();
}

// C = A B or C += A B, on one thread.
void tile(const Factor& a, const Factor& b, Real* c, Index stride, bool add) {
  const Index M = a.height(), K = a.width(), N = b.width();
  MatrixMap C = matrix(c, M, N, stride);
  if (M % row_step == 0 || K == 0) {
    if (!add) C.setZero();
    if (K > 0) add_product(a, b, c, stride);
    return;
  }
  const Index filled = (M / row_step + 1) * row_step;  // A and C with rows of zeros below
  Matrix A = Matrix::Zero(a.transposed ? K : filled, a.transposed ? filled : K), sum = Matrix::Zero(filled, N);
  A.topLeftCorner(a.rows, a.cols) = matrix(a.data, a.rows, a.cols, a.stride);
  if (add) sum.topRows(M) = C;
  Factor wide(A.data(), A.rows(), A.cols());
  wide.transposed = a.transposed;
  add_product(wide, b, sum.data(), N);
  C = sum.topRows(M);
}

// How `size` rows or columns are cut: into about `most` each, two pieces at least and an even number of them, in
// multiples of `step`.
Index piece(Index size, Index most, Index step) {
  const Index pieces = size <= 2 * step ? 1 : 2 * ((size + 2 * most - 1) / (2 * most));
  return ((size + pieces - 1) / pieces + step - 1) / step * step;
}

}  // namespace

void product(const Factor& a, const Factor& b, Real* c, Index stride, bool add, int threads) {
  const Index M = a.height(), K = a.width(), N = b.width();
  if (M == 0 || N == 0) return;
  if (M * N * K < 64 * 64 * 16) return tile(a, b, c, stride, add);  // a few microseconds: not worth a second thread
  if (M > 32 || N <= 128) {
    const Index rows = piece(M, 128, 8);
    parallel_for(threads, (M + rows - 1) / rows, [&](Index i) {
      const Index begin = i * rows;
      tile(rows_of(a, begin, std::min(rows, M - begin)), b, c + begin * stride, stride, add);
    });
  } else {
    const Index cols = piece(N, 144, col_step);
    parallel_for(threads, (N + cols - 1) / cols, [&](Index i) {
      const Index begin = i * cols;
      tile(a, cols_of(b, begin, std::min(cols, N - begin)), c + begin, stride, add);
    });
  }
}

}  // namespace gradus::inline GRADUS_REAL
