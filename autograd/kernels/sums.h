// Sums whose order of additions is fixed: by the sizes alone, never by the number of threads, the place in memory or
// the batch around them. Internal; used by the ops.
#pragma once

#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

// to = (or +=) the sum of a matrix's rows, of to.size() values each and one after another in memory.
void sum_rows(const Real* from, Index rows, Tensor& to, bool add, int threads);

// f(0) + f(1) + ... + f(n - 1), in sixteen sums side by side (one for each lane of a vector register) that are added up
// at the end. Eigen's sum starts at an aligned address, so that its last bits depend on where a row stands.
template <class Number = Real, class Term>
Number sum_of(Index n, const Term& f) {
  constexpr Index lanes = 16;
  Number sums[lanes] = {};
  Index i = 0;
  for (; i + lanes <= n; i += lanes)
    for (Index j = 0; j < lanes; ++j) sums[j] += f(i + j);
  for (Index j = 0; i + j < n; ++j) sums[j] += f(i + j);
  for (Index half = lanes / 2; half > 0; half /= 2)
    for (Index j = 0; j < half; ++j) sums[j] += sums[j + half];
  return sums[0];
}

}  // namespace GRADUS_REAL
}  // namespace gradus
