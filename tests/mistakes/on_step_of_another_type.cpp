// expect: on_step returns true to go on and false to stop, or nothing
#include <string>
#include "autograd/ops.h"
#include "nn/descend.h"
using namespace gradus;
void mistake(Parameter& w) {
  descend(
      {&w}, Sgd{.lr = 0.1}, 10, [&](Tape& t, int) { return sum(square(t.leaf(w))); },
      [](const Step&) { return std::string(); });
}
