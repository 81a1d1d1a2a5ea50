// The two directions of one function. both_directions.cpp is the file to read first.
#pragma once

#include "maximize/maximize.h"
#include "model/cnn.h"
#include "model/data/images.h"
#include "model/gpt.h"
#include "nn/descend.h"

namespace gradus {
inline namespace GRADUS_REAL {

// A stream of random batches, a function of (seed, step) alone.
struct Batches {
  Index size;
  Index length = 0;  // of a text, in tokens
  std::uint64_t seed = 0;
  double noise = 0;  // of images: added to the pixels, as image_batch says
};

GRADUS_API Progress train(TinyCnn& cnn, const Images& data, const Batches& batches, Optimizer optimizer, Budget budget,
                          OnStep show);
GRADUS_API Progress train(TinyGpt& gpt, std::span<const Index> text, const Batches& batches, Optimizer optimizer,
                          Budget budget, OnStep show);

// Raises the objective of any model by what moves in its input. transform: null for none.
GRADUS_API Progress maximize(const Model& model, Parametrization& input, const Objective& raised,
                             const Transform* transform, Optimizer optimizer, Budget budget, OnStep show);

}  // namespace GRADUS_REAL
}  // namespace gradus
