// The machine's vector, by an extension of GCC and Clang: + and * work lane by lane, and an array of vectors stays in
// registers. For the two kernels that Eigen's expressions cannot write, products and convolutions. Internal.
#pragma once

#include <cstring>

#include "autograd/shape.h"

namespace gradus::inline GRADUS_REAL {

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

}  // namespace gradus::inline GRADUS_REAL
