#include "model/data/images.h"

#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

Images choose(const Images& images, std::span<const Index> numbers) {
  Images chosen;
  chosen.pixels = Tensor(Shape{static_cast<Index>(numbers.size()), 1, glyph_side, glyph_side});
  Real* to = chosen.pixels.data();
  for (const Index i : numbers) {
    to = std::copy_n(images.pixels.data() + i * glyph_pixels, glyph_pixels, to);
    chosen.labels.push_back(images.labels[i]);
    if (!images.glyphs.empty()) chosen.glyphs.push_back(images.glyphs[i]);
  }
  return chosen;
}

// One image's own noise, a function of (seed, number): the same in whichever batch the image stands.
void add_noise(Real* pixels, double noise, std::uint64_t seed, std::uint64_t number) {
  Random random(seed, "image noise", number);
  const double deviation = random.uniform(0, noise);
  for (Index j = 0; j < glyph_pixels; ++j) pixels[j] += static_cast<Real>(deviation * random.normal());
}

}  // namespace

Images images_from_bytes(std::span<const std::uint8_t> bytes, std::vector<Index> labels) {
  const Index count = static_cast<Index>(labels.size());
  if (std::ssize(bytes) != count * glyph_pixels)
    throw Error("images: expected 784 bytes for each of " + std::to_string(count) + " labels, got " +
                std::to_string(bytes.size()));
  Images images;
  images.pixels = Tensor(Shape{count, 1, glyph_side, glyph_side});
  std::transform(bytes.begin(), bytes.end(), images.pixels.data(),
                 [](std::uint8_t grey) { return static_cast<Real>(grey) / 255; });
  images.labels = std::move(labels);
  return images;
}

Images image_range(const Images& images, Index begin, Index end) {
  if (begin < 0 || begin > end || end > images.size())
    throw Error("images: expected a range within 0 to " + std::to_string(images.size()) + ", got " +
                std::to_string(begin) + " to " + std::to_string(end));
  std::vector<Index> numbers;
  for (Index i = begin; i < end; ++i) numbers.push_back(i);
  return choose(images, numbers);
}

Images image_batch(const Images& images, Index B, std::uint64_t seed, std::uint64_t step, double noise) {
  if (images.size() == 0 || B < 1)
    throw Error("images: expected a batch of at least 1 from at least 1 image, got " + std::to_string(B) + " from " +
                std::to_string(images.size()));
  if (!(noise >= 0 && std::isfinite(noise)))
    throw Error("images: expected a finite noise of 0 or more, got " + std::to_string(noise));
  std::vector<Index> numbers;
  for (Index i = 0; i < B; ++i) {
    const Index place = static_cast<Index>(step) * B + i, epoch = place / images.size();
    numbers.push_back(
        shuffled(place % images.size(), images.size(), seed, "image batch", static_cast<std::uint64_t>(epoch)));
  }
  Images batch = choose(images, numbers);
  if (noise > 0)
    for (Index i = 0; i < B; ++i)
      add_noise(batch.pixels.data() + i * glyph_pixels, noise, seed, step * static_cast<std::uint64_t>(B) + i);
  return batch;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
