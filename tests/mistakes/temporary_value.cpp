// expect: this value would be gone with its parameter: give the parameter a name first
#include "autograd/parameter.h"
using namespace gradus;
void mistake() {
  const Tensor& value = Parameter("w", {1, 2, 3}).value();
  (void)value;
}
