#include "maximize/parametrizations/images.h"

#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The free number that becomes the pixel p.
Real free_number(double p, PixelRange range) {
  if (range == PixelRange::clamp) return static_cast<Real>(std::clamp(p, 0.0, 1.0));
  p = std::clamp(p, 0.001, 0.999);
  return static_cast<Real>(std::log(p / (1 - p)));
}

}  // namespace

ImageParametrization::ImageParametrization(const char* name, const Shape& shape, Start start, PixelRange range)
    : shape_(shape), start_(std::move(start)), range_(range) {
  const std::string who(name);
  if (shape.rank() != 4)
    throw InputError(who + ": expected a model of images (N, C, H, W), got one of inputs " + shape.str());
  const Tensor& images = start_.images;
  if (images.empty()) return;
  if (images.shape() != shape && images.shape() != shape.with(0, 1))
    throw InputError(who + ": expected to start at images " + shape.str() + " or at one of " + shape.with(0, 1).str() +
                     ", got " + images.shape().str());
  for (const Real p : images.values())
    if (!(p >= 0 && p <= 1))
      throw InputError(who + ": expected to start at pixels in [0, 1], got " + std::to_string(p));
}

Var ImageParametrization::input(Tape& t) const {
  const Var u = free_pixels(t);
  return range_ == PixelRange::sigmoid ? sigmoid(u) : clamp(u, 0, 1);
}

void ImageParametrization::start(std::uint64_t seed) {
  Random random(seed, "pixel noise");
  const auto& [brightness, spread, images] = start_;
  Tensor u(shape_), quiet(shape_);
  for (Index j = 0; j < u.size(); ++j) {
    const double p = images.empty() ? brightness : static_cast<double>(images[j % images.size()]);
    quiet[j] = free_number(p, range_);
    u[j] = free_number(random.uniform(p - spread, p + spread), range_);
  }
  place(u, quiet);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
