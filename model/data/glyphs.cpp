#include "model/data/glyphs.h"

#include <array>
#include <string>

#include "autograd/error.h"
#include "autograd/kernels/parallel.h"

namespace gradus {
inline namespace GRADUS_REAL {

Images make_glyphs(std::uint64_t seed, Index count, Index first, int threads) {
  if (count < 0 || first < 0)
    throw Error("glyphs: expected a count and a first number of 0 or more, got " + std::to_string(count) + " and " +
                std::to_string(first));
  std::vector<GlyphSample> samples(count);
  std::vector<std::uint8_t> bytes(count * glyph_pixels);
  parallel_for(threads > 0 ? threads : available_threads(), count, [&](Index i) {
    GlyphSample& sample = samples[i] = glyph_sample(seed, first + i);
    draw_glyph(sample, std::span<std::uint8_t, glyph_pixels>(&bytes[i * glyph_pixels], glyph_pixels));
  });
  std::vector<Index> labels;
  for (const GlyphSample& sample : samples) labels.push_back(sample.label);
  Images images = images_from_bytes(bytes, std::move(labels));
  images.glyphs = std::move(samples);
  return images;
}

Tensor glyph_image(const GlyphSample& sample) {
  std::array<std::uint8_t, glyph_pixels> bytes;
  draw_glyph(sample, bytes);
  return images_from_bytes(bytes, {sample.label}).pixels;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
