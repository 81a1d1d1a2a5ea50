// Observation (data sampling): run much data through a model and see what excites a unit most, and least.
#pragma once

#include <vector>

#include "maximize/unit.h"
#include "model/cnn.h"
#include "model/gpt.h"

namespace gradus {
inline namespace GRADUS_REAL {

// A sample of the data and what the unit did there.
struct Excitation {
  Index sample;  // an image's number, or a token's place in the text
  double value;
};

struct Observation {
  std::vector<Excitation> most, least;  // the extreme ones, the most extreme first; ties by the lower number
  double mean = 0, standard_deviation = 0;
  Index count = 0;  // of values seen
};

// Every image, in batches; one value an image.
GRADUS_API Observation observe(const TinyCnn& cnn, const Images& images, const Unit& unit, int keep, int threads = 0);

// Every token of a text, in windows of `length` tokens beside each other (a last, shorter one is left out); one value a
// token.
GRADUS_API Observation observe(const TinyGpt& gpt, std::span<const Index> text, Index length, const Unit& unit,
                               int keep, int threads = 0);

// The unit's mean activation over unoptimized inputs, the null of maximization: `draws` images of noise (pixel_noise),
// or `draws` times `vectors` random embeddings (random_embeddings).
GRADUS_API double noise_activation(const TinyCnn& cnn, const Unit& unit, Index draws, double brightness, double spread,
                                   std::uint64_t seed, int threads = 0);
GRADUS_API double noise_activation(const TinyGpt& gpt, const Unit& unit, Index vectors, Index draws, std::uint64_t seed,
                                   int threads = 0);

}  // namespace GRADUS_REAL
}  // namespace gradus
