#include "autograd/layout.h"

#include <array>

#include "autograd/eigen_view.h"

namespace gradus::inline GRADUS_REAL {
namespace {

// Any broadcast from a small shape to a large one, written as four pairs of axes (kept, repeated): neighbours of the
// same kind are merged, so (2, 3, 1, 5) -> (2, 3, 4, 5) becomes kept 6, repeated 4, kept 5, repeated 1, and so on. Six
// axes alternate at most six times, so that four pairs always do; one instance of Eigen's broadcast serves every case.
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
      (repeats ? repeated : kept)[as_size(pair)] *= large[i];
    }
  }
};

}  // namespace

void expand(const Tensor& from, Tensor& to) {
  if (to.empty()) return;  // Eigen's broadcast asserts sizes above 0
  const auto [k, r] = Pairs(from.shape(), to.shape());
  const ConstTensorMap<8> small(from.data(), k[0], 1, k[1], 1, k[2], 1, k[3], 1);
  TensorMap<8> large(to.data(), k[0], r[0], k[1], r[1], k[2], r[2], k[3], r[3]);
  large = small.broadcast(std::array<Index, 8>{1, r[0], 1, r[1], 1, r[2], 1, r[3]});
}

void sum_to(const Tensor& from, Tensor& to, bool add) {
  if (from.empty()) {  // sums of nothing
    if (!add) to.fill(0);
    return;
  }
  const auto [k, r] = Pairs(to.shape(), from.shape());
  const Index inner = k[3], run = k[3] * r[3];  // values of `to`, and of `from`, that stand side by side
  if (!add) to.fill(0);
  const Real* x = from.data();
  for (Index k0 = 0; k0 < k[0]; ++k0)
    for (Index r0 = 0; r0 < r[0]; ++r0)
      for (Index k1 = 0; k1 < k[1]; ++k1)
        for (Index r1 = 0; r1 < r[1]; ++r1)
          for (Index k2 = 0; k2 < k[2]; ++k2)
            for (Index r2 = 0; r2 < r[2]; ++r2, x += run) {
              Real* y = to.data() + ((k0 * k[1] + k1) * k[2] + k2) * inner;
              if (r[3] == 1)
                array(y, inner) += array(x, inner);
              else
                for (Index i = 0; i < inner; ++i) y[i] += array(x + i * r[3], r[3]).sum();
            }
}

void permute_axes(const Tensor& from, const int* order, Tensor& to, bool add) {
  if (to.empty()) return;
  // Missing axes are put in front, with size 1, so that one instance for six axes serves every rank.
  const int rank = from.shape().rank(), missing = Shape::max_rank - rank;
  std::array<Index, Shape::max_rank> sizes, sizes_to;
  std::array<int, Shape::max_rank> shuffle;
  for (int i = 0; i < Shape::max_rank; ++i) {
    const auto at = as_size(i);
    sizes[at] = i < missing ? 1 : from.shape()[i - missing];
    sizes_to[at] = i < missing ? 1 : to.shape()[i - missing];
    shuffle[at] = i < missing ? i : order[i - missing] + missing;
  }
  const ConstTensorMap<Shape::max_rank> source(from.data(), sizes);
  TensorMap<Shape::max_rank> target(to.data(), sizes_to);
  if (add)
    target += source.shuffle(shuffle);
  else
    target = source.shuffle(shuffle);
}

}  // namespace gradus::inline GRADUS_REAL
