// expect: objective is called with (Tape&, int) and returns the loss, a Var
#include "autograd/ops.h"
#include "nn/descend.h"
using namespace gradus;
void mistake(Parameter& w) {
  descend({&w}, Sgd{.lr = 0.1}, 10, [&](Tape& t) { return sum(square(t.leaf(w))); });
}
