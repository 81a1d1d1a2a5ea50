// The two training runs of tests/golden/training.json, in this library: the same weights, the same batches.
#pragma once

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "autograd/random.h"
#include "model/cnn.h"
#include "model/gpt.h"
#include "nn/descend.h"

namespace gradus {
inline namespace GRADUS_REAL {

inline nlohmann::json golden_training() {
  return nlohmann::json::parse(std::ifstream(GRADUS_SOURCE_DIR "/tests/golden/training.json"));
}

inline void golden_weights(const Parameters& parameters, double gpt_bound) {
  for (Parameter* p : parameters) {
    const bool bias = p->name().ends_with(".bias"), norm = p->name().find("ln_") != std::string::npos;
    const double bound = gpt_bound > 0 ? gpt_bound : std::sqrt(3.0 / static_cast<double>(p->shape().inner(0)));
    const double low = bias ? -0.05 : norm ? 0.9 : -bound, high = bias ? 0.05 : norm ? 1.1 : bound;
    Random random(1, "golden." + p->name());
    for (Real& x : p->mutable_value().values()) x = static_cast<Real>(static_cast<float>(random.uniform(low, high)));
  }
}

inline std::vector<double> golden_cnn_losses() {
  TinyCnn cnn(CnnConfig{});
  golden_weights(cnn.parameters(), 0);
  std::vector<double> losses;
  const auto objective = [&](Tape& t, int step) {
    Random pixels(1, "golden.images", as_counter(step)), labels(1, "golden.labels", as_counter(step));
    Tensor images(Shape{16, 1, 28, 28});
    std::vector<Index> targets;
    for (Index i = 0; i < 16; ++i) {
      targets.push_back(labels.below(10));
      for (Index row = 0; row < 28; ++row)
        for (Index col = 0; col < 28; ++col) {
          const bool lit = row >= 2 * targets.back() && row < 2 * targets.back() + 4;
          images.at({i, 0, row, col}) = static_cast<Real>(static_cast<float>(pixels.uniform() + (lit ? 1 : 0)));
        }
    }
    return cross_entropy(cnn(t.constant(std::move(images))), targets);
  };
  descend(cnn.parameters(), Adam{1e-3}, 100, objective, [&](const Step& s) {
    losses.push_back(s.loss);
    return true;
  });
  return losses;
}

inline std::vector<double> golden_gpt_losses(std::vector<double>& norms) {
  TinyGpt gpt({.vocab_size = 65, .block_size = 32, .n_layer = 2, .n_head = 4, .n_embd = 64});
  golden_weights(gpt.parameters(), 0.035);
  std::vector<double> losses;
  const auto objective = [&](Tape& t, int step) {
    Random random(1, "golden.tokens", as_counter(step));
    IndexTensor tokens{{8, 32}, {}};
    std::vector<Index> targets;
    for (int row = 0; row < 8; ++row) {
      Index token = random.below(65);
      for (int i = 0; i < 32; ++i) {
        tokens.values.push_back(token);
        token = (3 * token + 7 + random.below(4)) % 65;
        targets.push_back(token);
      }
    }
    return cross_entropy(gpt(t, tokens), targets);
  };
  Optimizer optimizer = Optimizer(AdamW{.lr = 1e-3, .beta2 = 0.99, .weight_decay = 0.1})
                            .clip(1.0)
                            .schedule({.warmup = 10, .until = 100, .min_lr = 1e-4});
  descend(gpt.parameters(), std::move(optimizer), 100, objective, [&](const Step& s) {
    losses.push_back(s.loss);
    norms.push_back(s.grad_norm);
    return true;
  });
  return losses;
}

// The largest difference between the two lists, absolute or relative to theirs.
inline double largest_difference(const std::vector<double>& ours, const std::vector<double>& theirs, bool relative) {
  double largest = ours.size() == theirs.size() ? 0 : 1e300;
  for (std::size_t i = 0; i < theirs.size() && i < ours.size(); ++i)
    largest = std::max(largest, std::abs(ours[i] - theirs[i]) / (relative ? std::abs(theirs[i]) : 1));
  return largest;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
