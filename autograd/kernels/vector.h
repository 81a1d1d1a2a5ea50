// The machine's vector, by an extension of GCC and Clang: + and * work lane by lane, and an array of vectors stays in
// registers. For the two kernels that Eigen's expressions cannot write, products and convolutions. Internal.
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>

#include "autograd/shape.h"

namespace gradus {
inline namespace GRADUS_REAL {

#if defined(__AVX512F__)
constexpr std::size_t vector_bytes = 64;
#elif defined(__AVX__)
constexpr std::size_t vector_bytes = 32;
#else
constexpr std::size_t vector_bytes = 16;
#endif
constexpr Index lanes = vector_bytes / sizeof(Real);
using Vector [[gnu::vector_size(vector_bytes)]] = Real;

// A kernel has as many sums as there are registers for, less those that the factors need: 32 with many, else 16.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr bool many_registers = true;
#else
constexpr bool many_registers = false;
#endif

inline Vector load(const Real* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

inline void store(const Vector& v, Real* to) {
  std::memcpy(to, &v, sizeof v);
}

inline Index rounded_up(Index n, Index step) {
  return (n + step - 1) / step * step;
}

// body(0), body(1) ... body(Count - 1), each in a place of its own: GCC keeps an array of vectors in registers, not in
// memory before and after a loop as well, if all its indices are constants from the start.
template <Index Count, class Body>
inline void unrolled(const Body& body) {
  [&]<Index... I>(std::integer_sequence<Index, I...>) { (body(I), ...); }(std::make_integer_sequence<Index, Count>());
}

// A square of `lanes` vectors, in squares of 1, 2, 4 ... values a side.
template <Index Side, std::size_t... I>
inline void transpose_squares(Vector* rows, std::index_sequence<I...> all) {
  if constexpr (Side < lanes) {
    for (Index i = 0; i < lanes; ++i)
      if (!(i & Side)) {
        const Vector a = rows[i], b = rows[i + Side];
        rows[i] = __builtin_shufflevector(a, b, (I & Side ? lanes + I - Side : I)...);
        rows[i + Side] = __builtin_shufflevector(a, b, (I & Side ? lanes + I : I + Side)...);
      }
    transpose_squares<2 * Side>(rows, all);
  }
}
inline void transpose(Vector (&square)[lanes]) {
  transpose_squares<1>(square, std::make_index_sequence<lanes>());
}

// to[j step + i] = from[i stride + j] for a matrix of rows x cols values. Whole vectors are written: where there are no
// rows for them, they hold values that mean nothing.
inline void transpose(const Real* from, Index rows, Index cols, Index stride, Real* to, Index step) {
  for (Index i = 0; i < rows; i += lanes) {
    const auto row = [&](Index k) { return from + std::min(i + k, rows - 1) * stride; };
    for (Index j = 0; j < cols && lanes <= cols; j += lanes) {
      const Index begin = std::min(j, cols - lanes);  // the last square is a whole one too
      Vector square[lanes];
      for (Index k = 0; k < lanes; ++k) square[k] = load(row(k) + begin);
      transpose(square);
      for (Index k = 0; k < lanes; ++k) store(square[k], to + (begin + k) * step + i);
    }
    for (Index j = 0; j < cols && cols < lanes; ++j)
      for (Index k = 0; k < lanes; ++k) to[j * step + i + k] = row(k)[j];
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
