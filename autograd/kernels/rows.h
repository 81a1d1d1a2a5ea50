// What the ops on rows (softmax, cross-entropy) share. Internal.
#pragma once

#include <cmath>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/functions.h"

namespace gradus {
inline namespace GRADUS_REAL {

// body(begin, end) for blocks of the rows of `size` values, `width` in a row. The blocks depend on these numbers alone.
template <class Body>
void parallel_rows(int threads, Index size, Index width, const Body& body) {
  if (size == 0) return;
  const Index rows = size / width;
  const Index block = std::max<Index>(1, 8192 / width);  // values that stay in the nearest caches
  parallel_for(threads, (rows + block - 1) / block, [&](Index i) { body(i * block, std::min(rows, (i + 1) * block)); });
}

// log(sum_j exp(x_j)) of a row with at least one value, as largest + log_sum, log_sum = log(sum_j exp(x_j - largest)).
// In one number log_sum would lose digits where the largest is large. An infinite maximum is not subtracted: infinity
// less infinity would be NaN, where the result is the infinity itself.
struct LogSumExp {
  Real largest, log_sum;

  explicit LogSumExp(const ConstArrayMap& x) : largest(x.maxCoeff()) {
    if (std::isinf(largest)) largest = 0;
    log_sum = std::log(sum_of_exp(x.data(), x.size(), largest));
  }
};

}  // namespace GRADUS_REAL
}  // namespace gradus
