// Transforms: what is done to the input before the model sees it, so that what is found does not hang on one exact
// alignment with the pixels.
#pragma once

#include <cstdint>

#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Images (N, C, H, W), shifted by up to `most` pixels down or up and right or left, another way in each step, all
// images of the batch alike. Zeros come in at the border.
class GRADUS_API Jitter final : public Transform {
 public:
  Jitter(Index most, std::uint64_t seed);  // throws InputError unless most is at least 0
  Var operator()(Var x, int step) const override;

 private:
  Index most_;
  std::uint64_t seed_;
};

// One after another.
class GRADUS_API Chain final : public Transform {
 public:
  explicit Chain(std::vector<std::shared_ptr<const Transform>> links) : links_(std::move(links)) {}
  Var operator()(Var x, int step) const override;
  Index copies() const override;

 private:
  std::vector<std::shared_ptr<const Transform>> links_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
