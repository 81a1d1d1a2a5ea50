// Images that show no digit, made of images that do and of noise: what a judge learns to reject.
#pragma once

#include "model/data/images.h"

namespace gradus {
inline namespace GRADUS_REAL {

// uniform: pixels of uniform noise. smooth: noise that was blurred, then stretched to [0, 1]. blocks: an image cut into 4 x 4
// blocks, in a random order. overlay: another digit or two upon an image, 3 to 7 pixels
// aside both ways, the brighter pixel of each. mosaic: the four
// quarters of four images.
enum class Reject { uniform, smooth, blocks, overlay, mosaic };
inline constexpr int reject_kinds = 5;

// N of them (N, 1, 28, 28) in [0, 1], the kinds in turn: a function of (seed, step). Throws Error where the images show one
// digit alone, of which no overlay can be made.
GRADUS_API Tensor rejects(const Images& images, Index N, std::uint64_t seed, std::uint64_t step);

}  // namespace GRADUS_REAL
}  // namespace gradus
