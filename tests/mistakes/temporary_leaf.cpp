// expect: a tape refers to its parameters: give this one a name
#include "autograd/ops.h"
#include "autograd/tape.h"
using namespace gradus;
Var mistake(Tape& t) {
  return sum(t.leaf(Parameter("tmp", Tensor({1, 2, 3}))));
}
