#include "maximize/parametrizations/pixels.h"

namespace gradus {
inline namespace GRADUS_REAL {

Pixels::Pixels(const Shape& shape, Start start, PixelRange range)
    : ImageParametrization("pixels", shape, std::move(start), range), image("image", shape) {}

void Pixels::place(const Tensor& u, const Tensor&) {
  image.mutable_value() = u;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
