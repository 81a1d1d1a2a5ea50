// Images for a network of digits, wherever they come from.
#pragma once

#include "model/data/images.h"

namespace gradus {
inline namespace GRADUS_REAL {

// folder: MNIST's files (mnist.h). "": Glyphs, 20,000 to train and 2,000 others to test. Throws InputError.
GRADUS_API ImageData load_images(const std::string& folder, std::uint64_t seed);

}  // namespace GRADUS_REAL
}  // namespace gradus
