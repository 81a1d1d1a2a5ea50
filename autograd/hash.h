// Fingerprints: to show that something did not change. FNV-1a, 64 bits (Fowler, Noll and Vo): no secret is safe with it.
#pragma once

#include <cstdint>
#include <span>

#include "autograd/shape.h"

namespace gradus {

inline constexpr std::uint64_t hash_start = 14695981039346656037U;

// The fingerprint of what h is the fingerprint of, followed by one more byte, or number.
constexpr std::uint64_t hash_step(std::uint64_t h, std::uint64_t next) {
  return (h ^ next) * 1099511628211U;
}

// Of token ids, labels, or other numbers.
constexpr std::uint64_t hash(std::span<const Index> numbers) {
  std::uint64_t h = hash_start;
  for (const Index n : numbers) h = hash_step(h, static_cast<std::uint64_t>(n));
  return h;
}

}  // namespace gradus
