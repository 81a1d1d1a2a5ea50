// One glyph: a grey digit of 28 x 28 pixels, drawn from strokes under known factors. Because the factors and the parts
// are known, a claim about a neuron ("it likes closed loops") can be right or wrong.
//
// A digit is a list of strokes through control points in a box: u to the right, about -0.6 to 0.6, and v downwards,
// -1 to 1. Most digits have two ways of being written, so that the parts are not a mere function of the label. A point
// goes to the pixel plane by
//   v' = v + waist (1 - v^2)
//   x  = 13.5 + shift_x + 8.8 scale (width u - slant v')      column, pixel centres at whole numbers
//   y  = 13.5 + shift_y + 8.8 scale v'                        row
// and a pixel at distance d from the nearest stroke gets the ink min(1, max(0, (thickness/2 - d) + 0.5)) + noise.
#pragma once

#include <cstdint>
#include <span>

#include "autograd/shape.h"

namespace gradus {

constexpr Index glyph_side = 28;                         // pixels
constexpr Index glyph_pixels = glyph_side * glyph_side;  // 784
constexpr int glyph_classes = 10;

// Each is drawn uniformly from its range, independent of the label and of the others.
struct GlyphFactors {
  double slant = 0;      // shear: positive leans to the right           -0.15 to 0.45
  double thickness = 2;  // of the stroke, pixels                         1.5 to 3.2
  double scale = 1;      // of the whole digit                            0.8 to 1.1
  double width = 1;      // of the digit against its height               0.75 to 1.15
  double waist = 0;      // moves the middle down (positive) or up        -0.16 to 0.16
  double shift_x = 0;    // pixels to the right                           -2 to 2
  double shift_y = 0;    // pixels down                                   -2 to 2
  double wobble = 0;     // standard deviation of the control points      0.02 to 0.1
  double noise = 0;      // standard deviation of each pixel's noise      0 to 0.14
};

// What a digit is made of, as bits of GlyphSample::parts. They tell how it is drawn, exactly; the picture agrees as far
// as the pen allows: in 2 of 100 a thick pen fills a small loop or a wobble closes an open one.
enum GlyphPart : unsigned {
  glyph_loop = 1,       // a closed loop: 6, 8, 9, most 0, a closed 4, a 2 with a loop at its foot
  glyph_two_loops = 2,  // 8
  glyph_bar = 4,        // a straight horizontal stroke: the top of a 5 or 7, the foot of a 2
  glyph_stem = 8,       // a straight vertical stroke (before the slant): 1, 4, some 9
  glyph_diagonal = 16,  // a straight oblique stroke: the leg of a 7, the flag of a 1
  glyph_curve = 32,     // an open curve: 2, 3, 5, some 9
};

struct GlyphSample {
  std::uint64_t seed = 0;  // with `number`, decides the wobble and the noise
  Index number = 0;
  int label = 0;
  int variant = 0;  // which way of writing the digit: 0 or 1
  GlyphFactors factors;
  unsigned parts = 0;
  bool has(GlyphPart part) const { return (parts & part) != 0; }
};

// The number-th sample of the set named by seed: it depends on these two alone.
GRADUS_API GlyphSample glyph_sample(std::uint64_t seed, Index number);

// A digit of a chosen kind without factors (straight, centred, no noise). Throws Error unless label is 0 to 9 and the
// digit has the variant.
GRADUS_API GlyphSample plain_glyph(int label, int variant = 0);
GRADUS_API int glyph_variants(int label);  // 1 or 2

// Draws the sample: grey levels row by row, 0 black, 255 white. A factor may have been changed by hand before: wobble
// and noise keep the directions that seed and number gave them, so that the two pictures differ by that factor alone.
GRADUS_API void draw_glyph(const GlyphSample& sample, std::span<std::uint8_t, glyph_pixels> pixels);

}  // namespace gradus
