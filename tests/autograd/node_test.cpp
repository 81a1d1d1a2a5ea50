// What node.h offers to an op of one's own.
#include "tests/autograd/check.h"
#include "tests/autograd/exercise.h"

using namespace gradus;

TEST_CASE("gradients of an op that gives tensors away, some to an input that was repeated or is frozen") {
  // y (2, 3) = x w, with one row w (3) for both rows of x
  const auto scaled = [](Var x, Var w) {
    return exercise({x, w}, x.shape(), each([](Exercise& n, Index j) { return n.in(0)[j] * n.in(1)[j % 3]; }),
                    [](Exercise& n) {
                      Tensor dx = n.scratch({2, 3}), dw = n.scratch({2, 3});
                      for (Index j = 0; j < 6; ++j) {
                        dx[j] = n.grad[j] * n.in(1)[j % 3];
                        dw[j] = n.grad[j] * n.in(0)[j];
                      }
                      n.accumulate_broadcast(0, dx);
                      n.accumulate_broadcast(1, dw);
                    });
  };
  Parameter x("x", random_tensor({2, 3}, 1)), w("w", random_tensor({3}, 2));
  require_gradient([&](Tape& t) { return scaled(t.leaf(x), t.leaf(w)); }, {&x, &w});
}
