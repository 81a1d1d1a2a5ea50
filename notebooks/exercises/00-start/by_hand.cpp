// A tape with two nodes of operations, worked by hand. Each line that is printed can be checked with pencil and paper.
#include <iostream>

#include "autograd/ops.h"
#include "autograd/tape.h"
using namespace gradus;

int main() {
  Parameter w("w", Tensor({3}));
  Tape t({&w});  // w moves; x is fixed

  // Forward: y = w x, L = y^2, with w = 3 and x = 2.
  const Var x = t.constant(Tensor({2}));
  const Var y = t.leaf(w) * x;
  const Var L = square(y);
  std::cout << "y = w x = 3 * 2 = " << y.item() << "\nL = y^2 = 6^2 = " << L.item() << "\n\n";

  // Backward: the chain rule, from the end to the start. dL/dL = 1.
  t.begin_backward(L, Tensor({1}));
  std::cout << "the gradient of L is dL/dL = 1\n";
  t.step_back();  // runs the backward of `square`
  std::cout << "the gradient of y is 1 * 2 y = 1 * 2 * 6 = " << y.node().grad[0] << "\n";
  t.step_back();  // runs the backward of the product
  std::cout << "the gradient of w is 12 * x = 12 * 2 = " << t.grad(w)[0] << "\n\n";

  // Is it right? If w grows by 0.001, L must grow by about 24 * 0.001.
  w.mutable_value()[0] = 3.001;
  Tape again;
  const Var nudged = square(again.leaf(w) * again.constant(Tensor({2})));
  std::cout << "with w = 3.001, L = (3.001 * 2)^2 = " << nudged.item() << ": it grew by " << nudged.item() - 36 << "\n";
}
