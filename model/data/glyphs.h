// Glyphs: a set of drawn digits, made instead of loaded. See glyph.h for what one of them is.
#pragma once

#include "model/data/images.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Samples first ... first + count - 1 of the set named by seed. Sample i is the same in every set that contains it, so
// a training set and a test set are two ranges of one seed, or two seeds.
GRADUS_API Images make_glyphs(std::uint64_t seed, Index count, Index first = 0, int threads = 0);

// One image (1, 1, 28, 28) of a sample whose factors may have been changed by hand.
GRADUS_API Tensor glyph_image(const GlyphSample& sample);

}  // namespace GRADUS_REAL
}  // namespace gradus
