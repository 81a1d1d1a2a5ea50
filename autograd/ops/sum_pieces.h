// A sum over many values, by several threads, always added up in the same order. Internal.
#pragma once

#include <algorithm>
#include <array>

#include "autograd/parallel.h"

namespace gradus {

// The sum of piece(begin, count) over pieces of 0 ... n - 1, which depend on n alone: at most 64, and of 16,384 values
// or more. The pieces' sums are added in double: in float the rounding of a long sum would show.
template <class Piece>
double sum_pieces(int threads, Index n, const Piece& piece) {
  constexpr Index most = 64, least = 16384;
  const Index size = std::max(least, (n + most - 1) / most);
  const Index count = (n + size - 1) / size;
  std::array<double, most> sums;
  parallel_for(threads, count,
               [&](Index i) { sums[as_size(i)] = static_cast<double>(piece(i * size, std::min(size, n - i * size))); });
  double sum = 0;
  for (Index i = 0; i < count; ++i) sum += sums[as_size(i)];
  return sum;
}

}  // namespace gradus
