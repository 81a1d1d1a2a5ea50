// Observation (data sampling): run much data through a model and see what excites a unit most, and least.
#pragma once

#include <span>
#include <vector>

#include "maximize/maximize.h"
#include "model/data/images.h"

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

// Every image, in batches; one value an image. Throws InputError where there is no image or the model lacks the unit,
// Error where a value is not finite.
GRADUS_API Observation observe(const Model& model, const Images& images, const Unit& unit, int keep, int threads = 0);

// The whole text, in windows of `length` tokens beside each other, the last one perhaps shorter; one value a token. A
// unit at one token has one value a window. Throws InputError also where the text is too short for the unit.
GRADUS_API Observation observe(const Model& model, std::span<const Index> text, Index length, const Unit& unit,
                               int keep, int threads = 0);

// The unit's mean activation over unoptimized inputs, the null of maximization: over the random start of a batch.
GRADUS_API double noise_activation(const Model& model, const Unit& unit, Parametrization& noise, std::uint64_t seed,
                                   int threads = 0);

}  // namespace GRADUS_REAL
}  // namespace gradus
