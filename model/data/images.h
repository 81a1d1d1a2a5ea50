// A set of images with labels: what both sources of pictures, Glyphs and MNIST, deliver.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "autograd/tensor.h"
#include "model/data/glyph.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct Images {
  Tensor pixels;                    // (N, 1, 28, 28), 0 black to 1 white, whole multiples of 1/255
  std::vector<Index> labels;        // N, 0 to 9
  std::vector<GlyphSample> glyphs;  // N of them where the images are Glyphs, otherwise none
  Index size() const { return static_cast<Index>(labels.size()); }
};

// Images to learn from and others to test on, and where they come from.
struct ImageData {
  std::string name;  // "Glyphs", or a folder
  Images train, test;
};

// Grey levels 0 to 255, 784 for each label, become pixels. Throws Error where the counts do not fit.
GRADUS_API Images images_from_bytes(std::span<const std::uint8_t> bytes, std::vector<Index> labels);

// The images begin ... end - 1, copied. Throws Error where these are not numbers of images.
GRADUS_API Images image_range(const Images& images, Index begin, Index end);

// Batch number `step` of B images: a function of (seed, step) alone. The batches go through all images in a random
// order, then again in another one: each image is seen once an epoch. noise: Gaussian noise is added to the pixels, its
// standard deviation drawn for each image from U(0, noise); the pixels then leave [0, 1]. Throws Error unless it is
// finite and at least 0.
GRADUS_API Images image_batch(const Images& images, Index B, std::uint64_t seed, std::uint64_t step, double noise = 0);

}  // namespace GRADUS_REAL
}  // namespace gradus
