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

// Images seen through a window that is drawn anew in each step: turned by up to `degrees` either way and enlarged by a factor
// between `least` and `most`, about the middle; pixels between pixels are interpolated linearly, zeros lie outside. All images
// of the batch alike.
class GRADUS_API Turn final : public Transform {
 public:
  // Throws InputError unless degrees is from 0 to 180, and 0 < least <= most.
  Turn(double degrees, double least, double most, std::uint64_t seed);
  Var operator()(Var x, int step) const override;

 private:
  double degrees_, least_, most_;
  std::uint64_t seed_;
};

// (N, C, H, W) -> (N, C, H + 2 pixels, W + 2 pixels), a border of one brightness. A Crop after it makes them fit again.
class GRADUS_API Pad final : public Transform {
 public:
  Pad(Index pixels, double brightness);  // throws InputError unless pixels is at least 0
  Var operator()(Var x, int step) const override;

 private:
  Index pixels_;
  double brightness_;
};

// (N, C, H, W) -> (N, C, height, width), cut out at a place drawn anew in each step, all images alike. Throws InputError where
// the images are smaller.
class GRADUS_API Crop final : public Transform {
 public:
  Crop(Index height, Index width, std::uint64_t seed) : height_(height), width_(width), seed_(seed) {}
  Var operator()(Var x, int step) const override;

 private:
  Index height_, width_;
  std::uint64_t seed_;
};

// Gaussian noise on the input, of one deviation, new in each step, the same for all images of a batch.
class GRADUS_API InputNoise final : public Transform {
 public:
  InputNoise(double deviation, std::uint64_t seed);  // throws InputError unless it is finite and at least 0
  Var operator()(Var x, int step) const override;

 private:
  double deviation_;
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

// `count` samples of a transform side by side, each drawn anew: the objective is their mean, its gradient less by chance.
class GRADUS_API Samples final : public Transform {
 public:
  Samples(std::shared_ptr<const Transform> transform, int count);  // throws InputError unless count is at least 1
  Var operator()(Var x, int step) const override;
  Index copies() const override { return transform_->copies() * count_; }

 private:
  std::shared_ptr<const Transform> transform_;
  int count_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
