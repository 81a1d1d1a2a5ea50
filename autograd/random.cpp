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

constexpr std::uint64_t golden =
    0x9e3779b97f4a7c15U;  // 2^64 / golden ratio, odd: the counter visits every 64-bit value

}  // namespace

// Seed, purpose and step are taken in one after the other, each by a one-to-one mixing of the state, so that their order
// counts: (0, "", 1) and (1, "", 0) are different streams.
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

}  // namespace gradus
