#include "maximize/parametrizations/pixels.h"

#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {

Pixels::Pixels(const Shape& shape, Noise noise) : image("image", shape), noise_(noise) {
  if (shape.rank() != 4)
    throw InputError("pixels: expected a model of images (N, C, H, W), got one of inputs " + shape.str());
}

Var Pixels::input(Tape& t) const {
  return sigmoid(t.leaf(image));
}

void Pixels::start(std::uint64_t seed) {
  Random random(seed, "pixel noise");
  const auto [brightness, spread] = noise_;
  for (Real& x : image.mutable_value().values()) {
    const double p = std::clamp(random.uniform(brightness - spread, brightness + spread), 0.001, 0.999);
    x = static_cast<Real>(std::log(p / (1 - p)));  // the inverse of sigmoid
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
