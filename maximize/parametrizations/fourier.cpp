#include "maximize/parametrizations/fourier.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "autograd/error.h"
#include "autograd/ops.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// How many waves the row i of F_n has in its n pixels.
double waves(Index i) {
  const Index whole = (i + 1) / 2;
  return static_cast<double>(whole);
}

Tensor scale_of(Index H, Index W, double decay) {
  Tensor scale(Shape{H, W});
  const double h = static_cast<double>(H), w = static_cast<double>(W), slowest = 1 / std::max(h, w);
  for (Index i = 0; i < H; ++i)
    for (Index j = 0; j < W; ++j) {
      const double f = std::hypot(waves(i) / h, waves(j) / w);
      scale.at({i, j}) = static_cast<Real>(std::sqrt(h * w) * std::pow(slowest / std::max(f, slowest), decay));
    }
  return scale;
}

}  // namespace

Tensor fourier_basis(Index n) {
  Tensor basis(Shape{n, n});
  const double pixels = static_cast<double>(n);
  for (Index i = 0; i < n; ++i) {
    const bool fastest = n % 2 == 0 && i == n - 1;  // cos(pi j): its sine is 0 at every pixel
    const double length = std::sqrt((i == 0 || fastest ? 1 : 2) / pixels);
    for (Index j = 0; j < n; ++j) {
      const double turns = waves(i) * static_cast<double>(j) / pixels;
      const double angle = 2 * std::numbers::pi * (turns - std::floor(turns));
      basis.at({i, j}) = static_cast<Real>(length * (i % 2 == 0 ? (i == 0 ? 1 : std::sin(angle)) : std::cos(angle)));
    }
  }
  return basis;
}

Fourier::Fourier(const Shape& shape, double decay, Start start, PixelRange range)
    : ImageParametrization("fourier", shape, std::move(start), range),
      coefficients("coefficients", shape),
      rows_(fourier_basis(shape[2])),
      columns_(fourier_basis(shape[3])),
      scale_(scale_of(shape[2], shape[3], decay)) {
  if (!(decay >= 0 && std::isfinite(decay)))
    throw InputError("fourier: expected a decay of 0 or more, got " + std::to_string(decay));
}

Var Fourier::free_pixels(Tape& t) const {
  const Var scaled = t.constant(scale_) * t.leaf(coefficients);
  return matmul(matmul(transpose(t.constant(rows_)), scaled), t.constant(columns_));
}

void Fourier::place(const Tensor& u, const Tensor& quiet) {
  Tape t({}, 1);
  const auto transformed = [&](const Var& x) {
    return matmul(matmul(t.constant(rows_), x), transpose(t.constant(columns_)));
  };
  const Var scale = t.constant(scale_), still = t.constant(quiet);
  // White noise with the deviation d of a pixel, multiplied by S / s, has it too where s^2 is the mean of S^2 over the waves.
  const Var noise = transformed(t.constant(u) - still) / sqrt(mean(square(scale)));
  coefficients.mutable_value() = (transformed(still) / scale + noise).value();
}

}  // namespace GRADUS_REAL
}  // namespace gradus
