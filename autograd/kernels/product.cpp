#include "autograd/kernels/product.h"

#include <algorithm>

#include "autograd/kernels/parallel.h"
#include "autograd/kernels/vector.h"

// Eigen's public product chooses another order of additions for small matrices, for a single row and for the last rows:
// the last bits of a row would depend on how many other rows there are. Here every value of C is one sum, over k in
// order, with a sum of its own for every `depth` of K.
namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// C is computed in blocks whose sums stay in registers while k runs: 8 x 48 of them with 32 vectors of 16 lanes.
constexpr Index block_rows = many_registers ? 8 : 4, block_vectors = 3, block_cols = block_vectors * lanes;
// At most so much of K at once: what a block reads of A (16 KB) stays in the first cache, and of B (96 KB), which is
// read again for the rows below, in the second.
constexpr Index deepest = 512;

// Element (i, k) of A is data[i * row + k * col].
struct Rows {
  const Real* data;
  Index row, col;
};

// Where a block goes, in C, and what is added to it: nothing (null), what is there, or a row (a bias: its stride is 0).
struct Output {
  Real* c;
  Index stride;
  const Real* start;
  Index start_stride;

  Output at(Index i, Index j) const {
    return {c + i * stride + j, stride, start ? start + i * start_stride + j : nullptr, start_stride};
  }
};

// A block of C, from `cols` columns of B in `panel`, which is `Vectors` wide. Every sum runs over k alone, whatever the
// block. A call of its own: inlined into the loops around it, it runs out of registers.
template <Index Height, Index Vectors>
[[gnu::noinline]] void block(const Rows& a, const Real* panel, Index K, const Output& to, Index cols) {
  const auto each = [](const auto& body) {
    unrolled<Height>([&](Index r) { unrolled<Vectors>([&](Index v) { body(r, v); }); });
  };
  Vector sum[Height][Vectors];
  each([&](Index r, Index v) {
    __builtin_prefetch(to.c + r * to.stride + v * lanes, 1);  // on its way to the caches while the sums are made
    sum[r][v] = Vector{};
  });
  const Real* A = a.data;
  const Index row = a.row;
  for (Index k = 0; k < K; ++k, A += a.col, panel += Vectors * lanes) {
    Vector B[Vectors];
    unrolled<Vectors>([&](Index v) { B[v] = load(panel + v * lanes); });
    each([&](Index r, Index v) { sum[r][v] += B[v] * A[r * row]; });
  }

  constexpr Index width = Vectors * lanes;
  if (cols == width)
    return each([&](Index r, Index v) {
      const Vector s = sum[r][v];
      store(to.start ? load(to.start + r * to.start_stride + v * lanes) + s : s, to.c + r * to.stride + v * lanes);
    });
  Real values[Height * width];  // a narrower block takes a detour
  each([&](Index r, Index v) { store(sum[r][v], values + r * width + v * lanes); });
  for (Index r = 0; r < Height; ++r)
    for (Index j = 0; j < cols; ++j) {
      const Real value = values[r * width + j];
      to.c[r * to.stride + j] = to.start ? to.start[r * to.start_stride + j] + value : value;
    }
}

// Blocks of `Height` rows of C, as long as there are so many; where the rows that are left begin.
template <Index Height>
Index blocks(const MatrixView& a, Index begin, const Real* panels, Index N, const Output& to) {
  const Index M = a.height(), K = a.width();
  Index i = begin;
  for (; i + Height <= M; i += Height) {
    const Rows rows = a.transposed ? Rows{a.data + i, 1, a.stride} : Rows{a.data + i * a.stride, a.stride, 1};
    for (Index j = 0; j < N; j += block_cols) {
      const Index cols = std::min(block_cols, N - j);
      const auto compute = cols <= lanes       ? block<Height, 1>
                           : cols <= 2 * lanes ? block<Height, 2>
                                               : block<Height, block_vectors>;
      compute(rows, panels + j * K, K, to.at(i, j), cols);
    }
  }
  return i;
}

// A panel of B, row after row: `width` columns, of which `b` has the first; the others are never used.
void pack(const MatrixView& b, Index width, Real* panel) {
  const Index K = b.height(), N = b.width();
  if (b.transposed) return transpose(b.data, N, K, b.stride, panel, width);
  const Index whole = N / lanes * lanes;
  for (Index k = 0; k < K; ++k, panel += width) {
    const Real* from = b.data + k * b.stride;
    for (Index j = 0; j < whole; j += lanes) store(load(from + j), panel + j);
    if (whole < N) std::fill(std::copy(from + whole, from + N, panel + whole), panel + width, Real(0));
  }
}

// Rows [begin, begin + count) of a factor as it enters the product.
MatrixView rows_of(const MatrixView& f, Index begin, Index count) {
  MatrixView part = f;
  part.data += f.transposed ? begin : begin * f.stride;
  (f.transposed ? part.cols : part.rows) = count;
  return part;
}

MatrixView cols_of(const MatrixView& f, Index begin, Index count) {
  return rows_of(f.t(), begin, count).t();
}

// How much of K is summed at once.
Index depth_of(Index K) {
  const Index sweeps = std::max<Index>(1, (K + deepest - 1) / deepest);
  return std::max<Index>(1, (K + sweeps - 1) / sweeps);
}

// C = start + A B for one row A and a B that is stored transposed, as a token's row times a head's weight: there is no second row for
// which a panel would pay. Squares of B are turned in registers, where they are used; each sum runs as in `block`.
void row_by_transposed(const MatrixView& a, const MatrixView& b, const Output& c) {
  const Index K = a.width(), N = b.width(), depth = depth_of(K), step = a.transposed ? a.stride : 1;
  for (Index j = 0; j < N; j += lanes) {
    const Index cols = std::min(lanes, N - j);
    const auto column = [&](Index i) { return b.data + (j + std::min(i, cols - 1)) * b.stride; };
    Real start[lanes] = {};
    if (c.start) std::copy_n(c.start + j, cols, start);
    Vector all = load(start);
    for (Index begin = 0; begin < K; begin += depth) {
      const Index end = std::min(K, begin + depth);
      Vector sum{};
      Index k = begin;
      for (; k + lanes <= end; k += lanes) {
        Vector square[lanes];
        for (Index i = 0; i < lanes; ++i) square[i] = load(column(i) + k);
        transpose(square);
        for (Index i = 0; i < lanes; ++i) sum += square[i] * a.data[(k + i) * step];
      }
      for (; k < end; ++k) {
        Vector turned{};
        for (Index i = 0; i < lanes; ++i) turned[i] = column(i)[k];
        sum += turned * a.data[k * step];
      }
      all = begin == 0 && !c.start ? sum : all + sum;
    }
    Real values[lanes];
    store(all, values);
    std::copy_n(values, cols, c.c + j);
  }
}

// C = start + A B, on one thread.
void tile(const MatrixView& a, const MatrixView& b, const Output& c) {
  if (a.height() == 1 && b.transposed) return row_by_transposed(a, b, c);
  const Index K = a.width(), N = b.width(), depth = depth_of(K);
  const Index together = deepest / depth * block_cols;
  alignas(Vector) Real panels[deepest * block_cols];
  for (Index k = 0; k < std::max<Index>(K, 1); k += depth) {
    const Index d = std::min(depth, K - k);
    const MatrixView A = cols_of(a, k, d), B = rows_of(b, k, d);
    const Output sum = k == 0 ? c : Output{c.c, c.stride, c.c, c.stride};
    for (Index j = 0; j < N; j += together) {
      const Index cols = std::min(together, N - j);
      for (Index p = 0; p < cols; p += block_cols) {
        const Index n = std::min(block_cols, cols - p);
        pack(cols_of(B, j + p, n), rounded_up(n, lanes), panels + p * d);
      }
      Index i = blocks<block_rows>(A, 0, panels, cols, sum.at(0, j));
      i = blocks<2>(A, i, panels, cols, sum.at(0, j));
      blocks<1>(A, i, panels, cols, sum.at(0, j));
    }
  }
}

// How many rows or columns a thread computes: a multiple of `step`.
Index share(Index size, int threads, Index step) {
  return rounded_up((size + threads - 1) / threads, step);
}

}  // namespace

void product(const MatrixView& a, const MatrixView& b, Real* c, Index stride, bool add, int threads, const Real* bias) {
  const Index M = a.height(), K = a.width(), N = b.width();
  if (M == 0 || N == 0) return;
  const Output all = add ? Output{c, stride, c, stride} : Output{c, stride, bias, 0};
  if (M * N * K < 64 * 64 * 16) return tile(a, b, all);  // a few microseconds: not worth a second thread
  if (M > 32 || N <= 128) {
    const Index rows = share(M, threads, block_rows);
    parallel_for(threads, (M + rows - 1) / rows, [&](Index i) {
      const Index begin = i * rows;
      tile(rows_of(a, begin, std::min(rows, M - begin)), b, all.at(begin, 0));
    });
  } else {
    const Index cols = share(N, threads, block_cols);
    parallel_for(threads, (N + cols - 1) / cols, [&](Index i) {
      const Index begin = i * cols;
      tile(a, cols_of(b, begin, std::min(cols, N - begin)), all.at(0, begin));
    });
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
