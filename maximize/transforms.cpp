#include "maximize/transforms.h"

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {

Jitter::Jitter(Index most, std::uint64_t seed) : most_(most), seed_(seed) {
  if (most < 0) throw InputError("jitter: expected 0 pixels or more, got " + std::to_string(most));
}

Var Jitter::operator()(Var x, int step) const {
  if (x.shape().rank() != 4) throw InputError("jitter: expected images (N, C, H, W), got an input " + x.shape().str());
  Random random(seed_, "jitter", as_counter(step));
  for (const int axis : {2, 3}) {
    const Index by = random.below(2 * most_ + 1) - most_, size = x.shape()[axis];
    if (by > 0) x = slice(pad(x, axis, by, 0), axis, 0, size);
    if (by < 0) x = slice(pad(x, axis, 0, -by), axis, -by, size - by);
  }
  return x;
}

Var Chain::operator()(Var x, int step) const {
  for (const auto& link : links_) x = (*link)(x, step);
  return x;
}

Index Chain::copies() const {
  Index all = 1;
  for (const auto& link : links_) all *= link->copies();
  return all;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
