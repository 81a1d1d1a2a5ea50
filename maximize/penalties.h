// What keeps a maximized input from being anything at all. Each is an objective of the model's own input, to be
// subtracted: unit - 0.05 * mean_square() - 0.1 * total_variation().
#pragma once

#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Images x (N, C, H, W). All are means over an image's pixels, one value for each image, so that a weight means the same for
// every size and every batch.
GRADUS_API Objective mean_square();    // of the pixels (L2): dark where nothing is gained by light
GRADUS_API Objective mean_absolute();  // |pixel| (L1): few bright pixels
GRADUS_API Objective
roughness();  // (x - blurred x)^2, the blur 1 2 1 down and across, borders repeated: no fine detail
GRADUS_API Objective total_variation();  // mean |x_(i+1) - x_i| over rows plus that over columns: smooth, sharp edges

// Embeddings x (N, T, C): the mean over the T vectors of |x|^2.
GRADUS_API Objective squared_length();

}  // namespace GRADUS_REAL
}  // namespace gradus
