// Whole numbers in a shape: token ids, positions, choices. Without Real, so that tokenizers need neither library.
#pragma once

#include <vector>

#include "autograd/shape.h"

namespace gradus {

struct IndexTensor {
  Shape shape;
  std::vector<Index> values;  // row-major, shape.size() of them
};

}  // namespace gradus
