// The machine's vector, by an extension of GCC and Clang: + and * work lane by lane, and an array of vectors stays in
// registers. For the two kernels that Eigen's expressions cannot write, products and convolutions. Internal.
#pragma once

#include <Eigen/Core>
#include <cstring>

#include "autograd/shape.h"

namespace gradus::inline GRADUS_REAL {

constexpr Index lanes = Eigen::internal::packet_traits<Real>::size;
using Vector [[gnu::vector_size(as_size(lanes) * sizeof(Real))]] = Real;

// A kernel has as many sums as there are registers for, less those that the factors need: 32, or 16 in older machines.
constexpr bool many_registers = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32;

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
