#include "autograd/product.h"

#include "autograd/eigen_view.h"

namespace gradus::inline GRADUS_REAL {
namespace {

template <int Order>
using Stored = Eigen::Map<const Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Order>, Eigen::Unaligned,
                          Eigen::OuterStride<>>;

template <int Order>
Stored<Order> stored(const Factor& f) {  // a transposed row-major matrix is the same memory read column-major
  return {f.data, f.height(), f.width(), Eigen::OuterStride<>(f.stride)};
}

// C += A B, on one thread.
void add_product(const Factor& a, const Factor& b, MatrixMap c) {
  using Eigen::ColMajor, Eigen::RowMajor;
  if (!a.transposed && !b.transposed)
    c.noalias() += stored<RowMajor>(a) * stored<RowMajor>(b);
  else if (!a.transposed)
    c.noalias() += stored<RowMajor>(a) * stored<ColMajor>(b);
  else if (!b.transposed)
    c.noalias() += stored<ColMajor>(a) * stored<RowMajor>(b);
  else
    c.noalias() += stored<ColMajor>(a) * stored<ColMajor>(b);
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

// Eigen computes a product with a single row or column by another path, whose last bits differ. It is computed as two
// rows (columns) with the second one zero, so that a row's value never depends on the size of its batch.
Matrix padded(const Factor& f, Index rows, Index cols) {
  Matrix p = Matrix::Zero(std::max<Index>(rows, f.height()), std::max<Index>(cols, f.width()));
  if (f.transposed)
    p.topLeftCorner(f.height(), f.width()) = stored<Eigen::ColMajor>(f);
  else
    p.topLeftCorner(f.height(), f.width()) = stored<Eigen::RowMajor>(f);
  return p;
}

void tile(const Factor& a, const Factor& b, Real* c, Index stride, bool add) {
  const Index M = a.height(), N = b.width();
  MatrixMap out = matrix(c, M, N, stride);
  if (!add) out.setZero();
  if (M > 1 && N > 1) {
    add_product(a, b, out);
  } else {
    const Matrix wide_a = padded(a, 2, 0), wide_b = padded(b, 0, 2);
    Matrix wide_c = Matrix::Zero(wide_a.rows(), wide_b.cols());
    add_product({wide_a.data(), wide_a.rows(), wide_a.cols()}, {wide_b.data(), wide_b.rows(), wide_b.cols()},
                matrix(wide_c.data(), wide_c.rows(), wide_c.cols(), wide_c.cols()));
    out += wide_c.topLeftCorner(M, N);
  }
}

// How `size` rows are cut: about 128 each, at least two pieces and an even number of them, in multiples of 8 rows.
Index piece(Index size) {
  const Index pieces = size <= 16 ? 1 : 2 * ((size + 255) / 256);
  return ((size + pieces - 1) / pieces + 7) / 8 * 8;
}

}  // namespace

void product(const Factor& a, const Factor& b, Real* c, Index stride, bool add, int threads) {
  const Index M = a.height(), K = a.width(), N = b.width();
  if (M == 0 || N == 0) return;
  if (M * N * K < 64 * 64 * 16) return tile(a, b, c, stride, add);  // a few microseconds: not worth a second thread
  if (M > 32 || N <= 128) {
    const Index rows = piece(M);
    parallel_for(threads, (M + rows - 1) / rows, [&](Index i) {
      const Index begin = i * rows;
      tile(rows_of(a, begin, std::min(rows, M - begin)), b, c + begin * stride, stride, add);
    });
  } else {
    const Index cols = piece(N);
    parallel_for(threads, (N + cols - 1) / cols, [&](Index i) {
      const Index begin = i * cols;
      tile(a, cols_of(b, begin, std::min(cols, N - begin)), c + begin, stride, add);
    });
  }
}

}  // namespace gradus::inline GRADUS_REAL
