// What the quiz's two files share: how numbers and places are written.
#pragma once

#include <string>

#include "autograd/shape.h"

namespace gradus {
inline namespace GRADUS_REAL {

std::string short_number(double x);                   // 4 digits
std::string index_text(const Shape& shape, Index i);  // "[0, 1]"; "" where the shape is ()

}  // namespace GRADUS_REAL
}  // namespace gradus
