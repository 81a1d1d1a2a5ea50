#include "autograd/kernels/sums.h"

#include <algorithm>

#include "autograd/kernels/parallel.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Bands of columns, each summed by one thread. Rows are added in chunks and the chunks to each other: with fewer
// additions to one running sum, less is rounded away.
void sum_rows(const Real* from, Index rows, Tensor& to, bool add, int threads) {
  constexpr Index band = 64, chunk = 128;
  const Index cols = to.size(), bands = (cols + band - 1) / band;
  parallel_for(rows * cols < 8192 ? 1 : threads, bands, [&](Index i) {
    const Index begin = i * band, width = std::min(band, cols - begin);
    Real sum[band] = {};
    for (Index row = 0; row < rows; row += chunk) {
      Real part[band] = {};
      for (Index r = row; r < std::min(row + chunk, rows); ++r)
        for (Index j = 0; j < width; ++j) part[j] += from[r * cols + begin + j];
      for (Index j = 0; j < width; ++j) sum[j] += part[j];
    }
    for (Index j = 0; j < width; ++j) to[begin + j] = add ? to[begin + j] + sum[j] : sum[j];
  });
}

}  // namespace GRADUS_REAL
}  // namespace gradus
