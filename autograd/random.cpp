#include "autograd/random.h"

#include <cmath>
#include <numbers>

namespace gradus {
namespace {

// SplitMix64's output function: every bit of the result depends on every bit of x.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

// 2^64 / golden ratio, odd: the counter visits every 64-bit value
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;

}  // namespace

// Seed, purpose and step are taken in one after the other, each by a one-to-one mixing of the state, so that their
// order counts: (0, "", 1) and (1, "", 0) are different streams.
Random::Random(std::uint64_t seed, std::string_view purpose, std::uint64_t step) : state_(mix(seed + golden)) {
  for (const char c : purpose) state_ = mix((state_ ^ static_cast<unsigned char>(c)) + golden);
  state_ = mix((state_ ^ step) + golden);
}

std::uint64_t Random::bits() {
  return mix(state_ += golden);
}

double Random::uniform() {
  return static_cast<double>(bits() >> 11) * 0x1p-53;
}

double Random::normal() {
  const double u = 1.0 - uniform();  // in (0, 1], so that the logarithm is finite
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

Index Random::below(Index n) {  // the high half of a 128-bit product maps [0, 2^64) to [0, n) (Lemire 2019)
  __extension__ using Wide = unsigned __int128;
  return static_cast<Index>((static_cast<Wide>(bits()) * static_cast<Wide>(n)) >> 64);
}

double Random::gumbel() {
  const double u = (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53;  // in (0, 1), both ends excluded
  return -std::log(-std::log(u));
}

// A Feistel network permutes the numbers of 2 h bits: each round mixes one half into the other, which can be undone
// whatever the mixing is (Luby and Rackoff 1988: four rounds look random). Results of n or more are sent through again
// until they fall below n, which keeps it a permutation; 4^h < 4 n, so that takes fewer than four tries on average.
Index shuffled(Index i, Index n, std::uint64_t seed, std::string_view purpose, std::uint64_t step) {
  Random random(seed, purpose, step);
  std::uint64_t keys[4];
  for (std::uint64_t& key : keys) key = random.bits();
  int h = 1;
  while ((Index{1} << (2 * h)) < n) ++h;
  const std::uint64_t half = (std::uint64_t{1} << h) - 1;
  auto x = static_cast<std::uint64_t>(i);
  do {
    std::uint64_t left = x >> h, right = x & half;
    for (const std::uint64_t key : keys) {
      const std::uint64_t mixed = left ^ (mix(right + key) & half);
      left = right;
      right = mixed;
    }
    x = left << h | right;
  } while (x >= static_cast<std::uint64_t>(n));
  return static_cast<Index>(x);
}

}  // namespace gradus
