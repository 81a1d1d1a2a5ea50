#include "maximize/parametrizations/pixels.h"

#include <algorithm>
#include <cmath>

#include "autograd/random.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

Var pixels(Operand free) {
  return sigmoid(free);
}

Tensor pixel_noise(const Shape& shape, double brightness, double spread, std::uint64_t seed) {
  Random random(seed, "pixel noise");
  Tensor free(shape);
  for (Real& x : free.values()) {
    const double p = std::clamp(random.uniform(brightness - spread, brightness + spread), 0.001, 0.999);
    x = static_cast<Real>(std::log(p / (1 - p)));  // the inverse of sigmoid
  }
  return free;
}

Var penalty(Var x, const ImagePenalty& weights) {
  const Index H = x.shape()[2], W = x.shape()[3];
  Var sum = x.tape().constant(0.0);
  if (weights.l2 > 0) sum = sum + weights.l2 * mean(square(x));
  if (weights.total_variation > 0) {
    const Var down = mean(abs(slice(x, 2, 1, H) - slice(x, 2, 0, H - 1)));
    const Var right = mean(abs(slice(x, 3, 1, W) - slice(x, 3, 0, W - 1)));
    sum = sum + weights.total_variation * (down + right);
  }
  return sum;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
