// expect: braces are values: for a tensor of this shape write Tensor(Shape{...})
#include "autograd/tensor.h"
using namespace gradus;
Tensor mistake(Index rows, Index columns) {
  return Tensor({rows, columns});
}
