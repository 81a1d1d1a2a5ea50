// expect: these values would be gone with their tensor: give the tensor a name first
#include "autograd/tensor.h"
using namespace gradus;
auto mistake() {
  return Tensor({1, 2, 3}).values();
}
