// expect: ops take Vars: record this first, t.constant(tensor) or t.leaf(parameter)
#include "autograd/ops.h"
#include "autograd/tape.h"
using namespace gradus;
Var mistake(Var x, const Tensor& w) {
  return x * w;
}
