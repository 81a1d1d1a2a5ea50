// What an image that is being maximized is made of, and what keeps it from being noise.
#pragma once

#include "autograd/ops.h"
#include "autograd/parameter.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Pixels in (0, 1) from free numbers: sigmoid. The optimizer moves the free numbers, so no pixel can leave the range.
GRADUS_API Var pixels(Operand free);

// The start: free numbers whose pixels are noise of the data's mean brightness, uniform within +-spread, in (0, 1).
GRADUS_API Tensor pixel_noise(const Shape& shape, double brightness, double spread, std::uint64_t seed);

// Both are means over the pixels, so that a weight means the same for every size of image.
struct ImagePenalty {
  double l2 = 0;               // times the mean of x^2: dark where nothing is gained by light
  double total_variation = 0;  // times the mean of |x_(i+1) - x_i| over rows and columns: smooth surfaces, sharp edges
};
GRADUS_API Var penalty(Var x, const ImagePenalty& weights);  // x (N, C, H, W) -> ()

}  // namespace GRADUS_REAL
}  // namespace gradus
