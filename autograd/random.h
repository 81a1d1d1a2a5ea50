// Randomness as a function: the i-th number of a stream depends on (seed, purpose, step, i) and on nothing else. There
// is no hidden state to save: a training run that is resumed at step 700 draws what the unbroken run would have drawn.
// No std:: distributions, whose results differ between standard libraries.
#pragma once

#include <cstdint>
#include <string_view>

#include "autograd/shape.h"

namespace gradus {

constexpr std::uint64_t as_counter(int step) {
  return static_cast<std::uint64_t>(step);
}

class GRADUS_API Random {
 public:
  // purpose: what the numbers are for ("dropout", "h.0.mlp.c_fc.weight"): two purposes are independent streams.
  Random(std::uint64_t seed, std::string_view purpose, std::uint64_t step = 0);

  std::uint64_t bits();  // 64 random bits (SplitMix64: Steele, Lea, Flood 2014, "Fast splittable PRNGs")
  double uniform();      // in [0, 1), 53 bits
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal();       // mean 0, variance 1 (Box and Muller 1958)
  Index below(Index n);  // 0 ... n - 1, each equally likely to within 2^-64 n; n must be at least 1
  double gumbel();       // -log(-log u): the arg max of logits + gumbel is a sample of their softmax

 private:
  std::uint64_t state_;
};

// The i-th of the numbers 0 ... n - 1 in a random order, without making the whole order: a function of (seed, purpose,
// step, i, n). For visiting every sample of a data set once an epoch.
GRADUS_API Index shuffled(Index i, Index n, std::uint64_t seed, std::string_view purpose, std::uint64_t step);

}  // namespace gradus
