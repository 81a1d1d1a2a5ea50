// Images as a sum of images of falling resolution: a coarse pixel moves all that lie under it, so that large shapes form
// first.
#pragma once

#include <deque>

#include "maximize/parametrizations/images.h"

namespace gradus {
inline namespace GRADUS_REAL {

// A_n (n, m): n pixels from m coarse ones, linearly between the middles of these and constant beyond the outer ones. Each
// row adds up to 1.
GRADUS_API Tensor upsampling(Index n, Index m);

class GRADUS_API Pyramid final : public ImageParametrization {
 public:
  // Level l has ceil(H / 2^l) x ceil(W / 2^l) pixels, and u = sum over l of A_H p_l A_W^T. Throws InputError unless there
  // is at least one level. A start stands in the finest level, the others begin at 0.
  explicit Pyramid(const Shape& shape, int levels = 4, Start start = {}, PixelRange range = PixelRange::sigmoid);

  Parameters parameters() override;
  Var free_pixels(Tape& t) const override;

  std::deque<Parameter> levels;  // "level0" (N, C, H, W), "level1" (N, C, ceil(H / 2), ceil(W / 2)), ...

 private:
  void place(const Tensor& u, const Tensor& quiet) override;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
