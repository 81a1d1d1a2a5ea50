#include "autograd/tape.h"

#include "autograd/error.h"
#include "autograd/ops.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("a product runs forward and backward, by hand") {
  const Parameter a("a", Tensor({2, 3}, {1, 2, 3, 4, 5, 6})), b("b", Tensor({3, 1}, {1, 0, -1}));
  Tape t({const_cast<Parameter*>(&a)});
  const Var y = matmul(t.leaf(a), t.leaf(b));
  REQUIRE(y.value().str() == "(2, 1) [-2, -2]");
  t.backward(y, Tensor({2, 1}, {10, 100}));
  REQUIRE(t.grad(a).str() == "(2, 3) [10, 0, -10, 100, 0, -100]");
}
