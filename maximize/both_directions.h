// The two directions of one function. both_directions.cpp is the file to read first.
#pragma once

#include "maximize/parametrizations/pixels.h"
#include "maximize/unit.h"
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
};

GRADUS_API Progress train(TinyCnn& cnn, const Images& data, const Batches& batches, Optimizer optimizer, Budget budget,
                          OnStep show);
GRADUS_API Progress maximize(const TinyCnn& cnn, Parameter& image, const Unit& unit, const ImagePenalty& weights,
                             Optimizer optimizer, Budget budget, OnStep show);

GRADUS_API Progress train(TinyGpt& gpt, std::span<const Index> text, const Batches& batches, Optimizer optimizer,
                          Budget budget, OnStep show);
// embeddings (1, T, C); lambda: the weight of |x|^2, the mean squared length of the T vectors.
GRADUS_API Progress maximize(const TinyGpt& gpt, Parameter& embeddings, const Unit& unit, double lambda,
                             Optimizer optimizer, Budget budget, OnStep show);

}  // namespace GRADUS_REAL
}  // namespace gradus
