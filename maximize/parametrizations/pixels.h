// Images of free pixels in (0, 1): the sigmoid of free numbers. The optimizer moves the free numbers, so that no pixel
// can leave the range.
#pragma once

#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {

// The random start: pixels uniform within +-spread around a brightness, such as the data's mean.
struct Noise {
  double brightness = 0.13, spread = 0.1;
};

class GRADUS_API Pixels final : public Parametrization {
 public:
  explicit Pixels(const Shape& shape, Noise noise = {});  // (N, C, H, W); values not set: start()

  Parameters parameters() override { return {&image}; }
  Var input(Tape& t) const override;
  void start(std::uint64_t seed) override;

  Parameter image;  // the free numbers

 private:
  Noise noise_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
