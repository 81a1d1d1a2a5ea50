// Raising a unit by the gradient, with all that an honest report of it needs: the activation at every step, snapshots
// of the input on its way, and the proof that the weights had no gradient.
#pragma once

#include <vector>

#include "maximize/both_directions.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct Snapshot {
  int step;      // how many steps had been made
  Tensor input;  // pixels (1, 1, H, W) in [0, 1], or embeddings (1, T, C)
};

struct Search {
  std::vector<double> activation;   // [i]: after i steps; one more value than steps made
  std::vector<Snapshot> snapshots;  // the start first, the end last
  int starts = 1;                   // how many noises were drawn until the unit was not dead (see below)
  std::size_t leaf_gradients = 0;   // gradient buffers that the tape allocated: 1, the input's
  bool stopped = false;             // by watch

  const Tensor& start() const { return snapshots.front().input; }
  const Tensor& end() const { return snapshots.back().input; }
};

// Over pixels, from noise. A ReLU unit that is 0 on the noise has no gradient there: then another noise is drawn, at
// most 32 times, and Error is thrown if the unit is dead on all of them.
struct ImageSearch {
  int steps = 300;
  double lr = 0.05;  // Adam's, on the numbers whose sigmoid the pixels are
  ImagePenalty penalty{.l2 = 0.05, .total_variation = 0.1};
  double brightness = 0.13, spread = 0.1;  // of the noise
  int snapshots = 24;
  std::uint64_t seed = 0;
  int threads = 0;
};
GRADUS_API Search maximize_image(const TinyCnn& cnn, const Unit& unit, const ImageSearch& how, OnStep watch);

// Over embeddings, by the course's recipe: random vectors with the standard deviation of the embeddings' entries,
// -activation + lambda |x|^2, Adam.
struct EmbeddingSearch {
  int steps = 500;
  double lr = 0.01;
  double lambda = 0.001;
  Index vectors = 5;
  int snapshots = 24;
  std::uint64_t seed = 0;
  int threads = 0;
};
GRADUS_API Search maximize_embeddings(const TinyGpt& gpt, const Unit& unit, const EmbeddingSearch& how, OnStep watch);

}  // namespace GRADUS_REAL
}  // namespace gradus
