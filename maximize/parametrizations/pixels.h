// Images of free pixels: each moves for itself.
#pragma once

#include "maximize/parametrizations/images.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API Pixels final : public ImageParametrization {
 public:
  explicit Pixels(const Shape& shape, Start start = {},
                  PixelRange range = PixelRange::sigmoid);  // values not set: start()

  Parameters parameters() override { return {&image}; }
  Var free_pixels(Tape& t) const override { return t.leaf(image); }

  Parameter image;  // the free numbers (N, C, H, W)

 private:
  void place(const Tensor& u, const Tensor& quiet) override;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
