#include "maximize/transforms.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {

namespace {

void expect_images(const char* name, Var x) {
  if (x.shape().rank() != 4)
    throw InputError(std::string(name) + ": expected images (N, C, H, W), got an input " + x.shape().str());
}

// Where each pixel of the result is looked for in the image: row a r + b c and column -b r + a c, about the middle.
struct Window {
  double a, b;
};

// x (N, C, H, W), each pixel taken from where the window says: a weighted sum of the four pixels around that place, which is
// a fixed linear function of x; zeros outside.
Var looked_at(Var x, const Window& window) {
  const Shape shape = x.shape();
  const Index H = shape[2], W = shape[3], size = H * W;
  const Var pixels = transpose(reshape(x, {shape[0] * shape[1], size}));  // (H W, N C): a pixel of all images is a row
  Var total;
  for (const Index down : {0, 1})
    for (const Index across : {0, 1}) {
      IndexTensor from(Shape{size}, std::vector<Index>(static_cast<std::size_t>(size), 0));
      Tensor weight(Shape{size, 1});
      for (Index i = 0; i < size; ++i) {
        const double middle_r = static_cast<double>(H - 1) / 2, middle_c = static_cast<double>(W - 1) / 2;
        const Index from_row = i / W;
        const double r = static_cast<double>(from_row) - middle_r, c = static_cast<double>(i % W) - middle_c;
        const double row = window.a * r + window.b * c + middle_r, column = window.a * c - window.b * r + middle_c;
        const Index top = static_cast<Index>(std::floor(row)) + down,
                    left = static_cast<Index>(std::floor(column)) + across;
        const bool inside = top >= 0 && top < H && left >= 0 && left < W;
        from.values[static_cast<std::size_t>(i)] = inside ? top * W + left : 0;
        const double near = 1 - std::abs(row - static_cast<double>(top)),
                     beside = 1 - std::abs(column - static_cast<double>(left));
        weight[i] = inside ? static_cast<Real>(near * beside) : Real(0);
      }
      const Var part = embedding(pixels, from) * x.tape().constant(std::move(weight));
      total = down + across == 0 ? part : total + part;
    }
  return reshape(transpose(total), shape);
}

}  // namespace

Jitter::Jitter(Index most, std::uint64_t seed) : most_(most), seed_(seed) {
  if (most < 0) throw InputError("jitter: expected 0 pixels or more, got " + std::to_string(most));
}

Var Jitter::operator()(Var x, int step) const {
  expect_images("jitter", x);
  Random random(seed_, "jitter", as_counter(step));
  for (const int axis : {2, 3}) {
    const Index by = random.below(2 * most_ + 1) - most_, size = x.shape()[axis];
    if (by > 0) x = slice(pad(x, axis, by, 0), axis, 0, size);
    if (by < 0) x = slice(pad(x, axis, 0, -by), axis, -by, size - by);
  }
  return x;
}

Turn::Turn(double degrees, double least, double most, std::uint64_t seed)
    : degrees_(degrees), least_(least), most_(most), seed_(seed) {
  if (!(degrees >= 0 && degrees <= 180))
    throw InputError("turn: expected 0 to 180 degrees, got " + std::to_string(degrees));
  if (!(least > 0 && least <= most && std::isfinite(most)))
    throw InputError("turn: expected a least factor above 0 and a most from it on, got " + std::to_string(least) +
                     " and " + std::to_string(most));
}

Var Turn::operator()(Var x, int step) const {
  expect_images("turn", x);
  Random random(seed_, "turn", as_counter(step));
  const double angle = random.uniform(-degrees_, degrees_) * std::numbers::pi / 180;
  const double factor = random.uniform(least_, most_);
  if (angle == 0 && factor == 1) return x;
  return looked_at(x, {std::cos(angle) / factor, std::sin(angle) / factor});
}

Pad::Pad(Index pixels, double brightness) : pixels_(pixels), brightness_(brightness) {
  if (pixels < 0) throw InputError("pad: expected 0 pixels or more, got " + std::to_string(pixels));
}

Var Pad::operator()(Var x, int) const {
  expect_images("pad", x);
  return pad(pad(x, 2, pixels_, pixels_, brightness_), 3, pixels_, pixels_, brightness_);
}

Var Crop::operator()(Var x, int step) const {
  expect_images("crop", x);
  const Index H = x.shape()[2], W = x.shape()[3];
  if (height_ < 1 || width_ < 1 || height_ > H || width_ > W)
    throw InputError("crop: expected a size from (1, 1) to " + Shape{H, W}.str() + ", got " +
                     Shape{height_, width_}.str());
  Random random(seed_, "crop", as_counter(step));
  const Index top = random.below(H - height_ + 1), left = random.below(W - width_ + 1);
  return slice(slice(x, 2, top, top + height_), 3, left, left + width_);
}

InputNoise::InputNoise(double deviation, std::uint64_t seed) : deviation_(deviation), seed_(seed) {
  if (!(deviation >= 0 && std::isfinite(deviation)))
    throw InputError("noise: expected a finite deviation of 0 or more, got " + std::to_string(deviation));
}

Var InputNoise::operator()(Var x, int step) const {
  Random random(seed_, "input noise", as_counter(step));
  Tensor noise(x.shape().with(0, 1));
  for (Real& n : noise.values()) n = static_cast<Real>(deviation_ * random.normal());
  return x + x.tape().constant(std::move(noise));
}

Var Chain::operator()(Var x, int step) const {
  for (const auto& link : links_) x = (*link)(x, step);
  return x;
}

Index Chain::copies() const {
  Index all = 1;
  for (const auto& link : links_) all *= link->copies();
  return all;
}

Samples::Samples(std::shared_ptr<const Transform> transform, int count)
    : transform_(std::move(transform)), count_(count) {
  if (count < 1) throw InputError("samples: expected at least 1, got " + std::to_string(count));
}

Var Samples::operator()(Var x, int step) const {
  const Index N = x.shape()[0];
  std::vector<Var> samples;
  for (int i = 0; i < count_; ++i) {
    const Var y = (*transform_)(x, step * count_ + i);
    samples.push_back(reshape(y, {N, y.shape()[0] / N, -1}));
    if (i + 1 == count_) {
      const Var all = concat(samples, 1);  // (N, copies, the rest): an image's copies side by side
      return reshape(all, y.shape().with(0, N * copies()));
    }
  }
  return x;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
