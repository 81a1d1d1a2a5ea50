#include "maximize/parametrizations/pyramid.h"

#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/ops.h"

namespace gradus {
inline namespace GRADUS_REAL {

Tensor upsampling(Index n, Index m) {
  Tensor matrix = Tensor::zeros(Shape{n, m});
  for (Index i = 0; i < n; ++i) {
    // The middle of pixel i, counted in coarse pixels from the middle of the first one.
    const double at = (static_cast<double>(i) + 0.5) * static_cast<double>(m) / static_cast<double>(n) - 0.5;
    const double inside = std::clamp(at, 0.0, static_cast<double>(m - 1));
    const Index left = static_cast<Index>(inside), right = std::min(left + 1, m - 1);
    const double part = inside - static_cast<double>(left);
    matrix.at({i, left}) += static_cast<Real>(1 - part);
    matrix.at({i, right}) += static_cast<Real>(part);
  }
  return matrix;
}

Pyramid::Pyramid(const Shape& shape, int level_count, Start start, PixelRange range)
    : ImageParametrization("pyramid", shape, std::move(start), range) {
  if (level_count < 1 || level_count > 16)
    throw InputError("pyramid: expected 1 to 16 levels, got " + std::to_string(level_count));
  for (int l = 0; l < level_count; ++l) {
    const auto coarse = [&](Index n) { return (n + (Index(1) << l) - 1) >> l; };
    levels.emplace_back("level" + std::to_string(l), shape.with(2, coarse(shape[2])).with(3, coarse(shape[3])));
  }
}

Parameters Pyramid::parameters() {
  Parameters all;
  for (Parameter& level : levels) all.push_back(&level);
  return all;
}

Var Pyramid::free_pixels(Tape& t) const {
  Var u = t.leaf(levels.front());
  const Index H = u.shape()[2], W = u.shape()[3];
  for (std::size_t l = 1; l < levels.size(); ++l) {
    const Var p = t.leaf(levels[l]);
    const Tensor down = upsampling(H, p.shape()[2]), across = upsampling(W, p.shape()[3]);
    u += matmul(matmul(t.constant(down), p), transpose(t.constant(across)));
  }
  return u;
}

void Pyramid::place(const Tensor& u, const Tensor&) {
  for (Parameter& level : levels) level.mutable_value().fill(0);
  levels.front().mutable_value() = u;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
