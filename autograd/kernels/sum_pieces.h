// A sum over many values, by several threads, always added up in the same order. Internal.
#pragma once

#include <algorithm>
#include <array>

#include "autograd/kernels/parallel.h"

namespace gradus {

// The sum of part(begin, count) over parts of 0 ... n - 1, of at most 1,024 values each: in float the rounding of a
// longer sum shows, so the parts' sums are added in double. One iteration of the parallel loop is a piece of many
// parts; there are at most 64 pieces, which depend on n alone.
template <class Part>
double sum_pieces(int threads, Index n, const Part& part) {
  constexpr Index most = 64, least = 16384, length = 1024;
  const Index size = std::max(least, (n + most - 1) / most);
  const Index count = (n + size - 1) / size;
  std::array<double, most> sums;
  parallel_for(threads, count, [&](Index i) {
    const Index end = std::min(n, (i + 1) * size);
    double sum = 0;
    for (Index begin = i * size; begin < end; begin += length)
      sum += static_cast<double>(part(begin, std::min(length, end - begin)));
    sums[i] = sum;
  });
  double sum = 0;
  for (Index i = 0; i < count; ++i) sum += sums[i];
  return sum;
}

}  // namespace gradus
