// Sums whose order of additions is fixed: by the sizes alone, never by the number of threads, the place in memory or
// the batch around them. Internal; used by the ops and the optimizer.
//
// There are two orders, of which all others are made: side by side (add_lanes: within a row, for a vector register) and
// piece after piece (sum_in_order: across threads).
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "autograd/kernels/parallel.h"
#include "autograd/tensor.h"

namespace gradus {

// part(0) + part(1) + ... + part(count - 1), each computed by one thread, added in this order and in double.
template <class Part>
double sum_in_order(int threads, Index count, const Part& part) {
  constexpr Index few = 64;  // for these no memory is asked for
  std::array<double, few> on_stack;
  std::vector<double> more(count > few ? count : 0);
  double* const sums = count > few ? more.data() : on_stack.data();
  parallel_for(threads, count, [&](Index i) { sums[i] = part(i); });
  double sum = 0;
  for (Index i = 0; i < count; ++i) sum += sums[i];
  return sum;
}

// The sum of part(begin, count) over parts of 0 ... n - 1, of at most 1,024 values each: in float the rounding of a
// longer sum shows, so the parts' sums are added in double. One iteration of the parallel loop is a piece of many
// parts; there are at most 64 pieces, which depend on n alone.
template <class Part>
double sum_pieces(int threads, Index n, const Part& part) {
  constexpr Index most = 64, least = 16384, length = 1024;
  const Index size = std::max(least, (n + most - 1) / most);
  return sum_in_order(threads, (n + size - 1) / size, [&](Index i) {
    const Index end = std::min(n, (i + 1) * size);
    double sum = 0;
    for (Index begin = i * size; begin < end; begin += length)
      sum += static_cast<double>(part(begin, std::min(length, end - begin)));
    return sum;
  });
}

inline namespace GRADUS_REAL {

// to = (or +=) the sum of a matrix's rows, of to.size() values each and one after another in memory.
void sum_rows(const Real* from, Index rows, Tensor& to, bool add, int threads);

// Sixteen sums side by side, one for each lane of a vector register, added up half by half: the second eight to the
// first eight, the second four to the first four, and so on. The sums are overwritten.
constexpr Index sum_lanes = 16;
template <class Number>
Number add_lanes(Number* sums) {
  for (Index half = sum_lanes / 2; half > 0; half /= 2)
    for (Index j = 0; j < half; ++j) sums[j] += sums[j + half];
  return sums[0];
}

// f(0) + f(1) + ... + f(n - 1), in sixteen sums side by side. Eigen's sum starts at an aligned address, so that its
// last bits depend on where a row stands.
template <class Number = Real, class Term>
Number sum_of(Index n, const Term& f) {
  Number sums[sum_lanes] = {};
  Index i = 0;
  for (; i + sum_lanes <= n; i += sum_lanes)
    for (Index j = 0; j < sum_lanes; ++j) sums[j] += f(i + j);
  for (Index j = 0; i + j < n; ++j) sums[j] += f(i + j);
  return add_lanes(sums);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
