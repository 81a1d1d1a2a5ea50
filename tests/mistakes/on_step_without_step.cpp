// expect: on_step is called with one argument, a const Step&
#include "autograd/ops.h"
#include "nn/descend.h"
using namespace gradus;
void mistake(Parameter& w) {
  descend(
      {&w}, Sgd{.lr = 0.1}, 10, [&](Tape& t, int) { return sum(square(t.leaf(w))); }, [](int) {});
}
