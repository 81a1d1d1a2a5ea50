// Objectives beyond a single unit. Each is one term, (N), a value for each sample; they add as all objectives do, and what
// is lowered instead of raised has a minus: -Objective(unit).
#pragma once

#include <vector>

#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {

// The mean square of a whole layer, whatever its shape: DeepDream's (Mordvintsev et al. 2015).
GRADUS_API Objective layer_square(const std::string& address);

// A direction d (C) with the cosine's power p: the mean over an image's positions of (x . d) max(cos(x, d), 0)^p, for x
// (N, C, H, W) or (N, C). p above 0 asks for x that point along d and not only far: but where x points away from d the
// value is 0 (two negatives would make a positive at an odd p). p = 0 is the inner product as it is. A vector x of
// length 0 has the value 0. Throws InputError unless p is finite and at least 0, and d is not of length 0.
GRADUS_API Objective cosine_direction(const std::string& address, const Tensor& direction, double power);

// Another unit for each image of a batch, all at one address: image i raises units[i]. A transform's copies of an image
// stay with it. Throws InputError where there is none, or where their addresses differ.
GRADUS_API Objective unit_of_each(const std::vector<Unit>& units);

// How unlike each other the images of a batch are, to be added for diversity: minus the mean cosine between an image's
// Gram matrix (C, C), which channels fire together, and those of the others, at an activation (N, C, H, W). This is the one
// objective by which images of a batch act on each other. 0 for one image. Copies by a transform count as images. (Olah,
// Mordvintsev, Schubert 2017, "Feature Visualization", on diversity.)
GRADUS_API Objective diversity(const std::string& address);

}  // namespace GRADUS_REAL
}  // namespace gradus
