#include "autograd/kernels/layout.h"

#include <algorithm>
#include <array>
#include <unsupported/Eigen/CXX11/Tensor>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/sums.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// Any broadcast from a small shape to a large one, written as four pairs of axes (kept, repeated): neighbours of the
// same kind are merged, so (2, 3, 1, 5) -> (2, 3, 4, 5) becomes kept 6, repeated 4, kept 5, repeated 1, and so on. Six
// axes alternate at most six times, so that four pairs always do.
struct Pairs {
  std::array<Index, 4> kept = {1, 1, 1, 1}, repeated = {1, 1, 1, 1};

  Pairs(const Shape& small, const Shape& large) {
    int pair = 0;
    bool in_repeated = false;
    for (int i = -large.rank(); i < 0; ++i) {
      const bool repeats = -i > small.rank() || small[i] != large[i];
      if (large[i] == 1) continue;
      if (in_repeated && !repeats) ++pair;
      in_repeated = repeats;
      (repeats ? repeated : kept)[pair] *= large[i];
    }
    // The last pair that is used becomes the last one, so that its runs are long.
    std::rotate(kept.begin(), kept.begin() + pair + 1, kept.end());
    std::rotate(repeated.begin(), repeated.begin() + pair + 1, repeated.end());
  }

  // body(s, l) for each stretch of the large tensor that belongs to one stretch of kept[3] values of the small one:
  // where they begin. The first is repeated[3] times as long; each value of the small one stands repeated[3] times in
  // it.
  template <class Body>
  void each_run(const Body& body) const {
    const auto& [k, r] = *this;
    Index l = 0;
    for (Index k0 = 0; k0 < k[0]; ++k0)
      for (Index r0 = 0; r0 < r[0]; ++r0)
        for (Index k1 = 0; k1 < k[1]; ++k1)
          for (Index r1 = 0; r1 < r[1]; ++r1)
            for (Index k2 = 0; k2 < k[2]; ++k2)
              for (Index r2 = 0; r2 < r[2]; ++r2, l += k[3] * r[3]) body(((k0 * k[1] + k1) * k[2] + k2) * k[3], l);
  }
};

}  // namespace

void expand(const Tensor& from, Tensor& to) {
  const Pairs pairs(from.shape(), to.shape());
  const Index n = pairs.kept[3], times = pairs.repeated[3];
  pairs.each_run([&](Index s, Index l) {
    if (times == 1)
      array(to.data() + l, n) = array(from.data() + s, n);
    else
      for (Index i = 0; i < n; ++i) array(to.data() + l + i * times, times).setConstant(from[s + i]);
  });
}

void sum_to(const Tensor& from, Tensor& to, bool add) {
  const Pairs pairs(to.shape(), from.shape());
  const Index n = pairs.kept[3], times = pairs.repeated[3];
  if (!add) to.fill(0);
  if (from.empty()) return;
  pairs.each_run([&](Index s, Index l) {
    if (times == 1)
      array(to.data() + s, n) += array(from.data() + l, n);
    else
      for (Index i = 0; i < n; ++i)
        to[s + i] += sum_of(times, [part = from.data() + l + i * times](Index j) { return part[j]; });
  });
}

void permute_axes(const Tensor& from, const int* order, Tensor& to, bool add) {
  if (to.empty()) return;
  // Missing axes are put in front, with size 1, so that one instance for six axes serves every rank.
  const int rank = from.shape().rank(), missing = Shape::max_rank - rank;
  std::array<Index, Shape::max_rank> sizes, sizes_to;
  std::array<int, Shape::max_rank> shuffle;
  for (int i = 0; i < Shape::max_rank; ++i) {
    const auto at = i;
    sizes[at] = i < missing ? 1 : from.shape()[i - missing];
    sizes_to[at] = i < missing ? 1 : to.shape()[i - missing];
    shuffle[at] = i < missing ? i : order[i - missing] + missing;
  }
  using Values = Eigen::Tensor<Real, Shape::max_rank, Eigen::RowMajor, Index>;
  const Eigen::TensorMap<const Values> source(from.data(), sizes);
  Eigen::TensorMap<Values> target(to.data(), sizes_to);
  if (add)
    target += source.shuffle(shuffle);
  else
    target = source.shuffle(shuffle);
}

void permute_axes_back(const Tensor& from, const int* order, Tensor& to, bool add) {
  std::array<int, Shape::max_rank> back;
  for (int i = 0; i < from.shape().rank(); ++i) back[order[i]] = i;
  permute_axes(from, back.data(), to, add);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
