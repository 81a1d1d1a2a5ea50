// expect: assign
// In an op of one's own, a gradient is given by accumulate or target, never written into an input.
#include "autograd/node.h"
using namespace gradus;
struct Cube final : Node {
  const char* op() const override { return "cube"; }
  const char* formula() const override { return "y = x^3"; }
  void forward() override {}
  void backward() override { inputs[0]->grad[0] += grad[0]; }
};
