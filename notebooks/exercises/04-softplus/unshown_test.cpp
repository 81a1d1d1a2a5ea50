#include <cmath>

#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the node that ran is yours, and nothing else did the work") {
  Parameter x("x", Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
  Tape t({&x});
  t.backward(sum(my_softplus(t.leaf(x))));
  CHECK(only_exercise(t).forward_runs == 1);
  CHECK(only_exercise(t).backward_runs == 1);
  CHECK(ops(t) == "parameter my_softplus sum");
}

TEST_CASE("golden values and slopes, by PyTorch in double") {
  // torch.nn.functional.softplus(torch.tensor([-20., -3., -0.5, 0.75, 5., 20.], dtype=torch.double), threshold=1000), and its backward()
  const Tensor at({-20, -3, -0.5, 0.75, 5, 20});
  const Tensor values({2.061153620314381e-09, 0.04858735157374206, 0.4740769841801067, 1.1368710061148999,
                       5.006715348489118, 20.000000002061153});
  const Tensor slopes({2.0611536181902033e-09, 0.04742587317756679, 0.37754066879814546, 0.679178699175393,
                       0.9933071490757152, 0.9999999979388464});
  Parameter x("x", at);
  Tape t({&x});
  const Var y = my_softplus(t.leaf(x));
  t.backward(sum(y));
  for (Index j = 0; j < at.size(); ++j) {
    CHECK(y.value()[j] == Approx(values[j]).epsilon(1e-13));
    CHECK(t.grad(x)[j] == Approx(slopes[j]).epsilon(1e-13));
  }
}

TEST_CASE("rank 3, behind another op, used twice") {
  Parameter x("x", Tensor({2, 1, 2}, {0.3, -1.2, 2.5, 0.01}));
  REQUIRE_THAT(gradcheck(
                   [&](Tape& t) {
                     const Var h = tanh(t.leaf(x));
                     return my_softplus(h) * h;
                   },
                   {&x}),
               PassesGradcheck());
}

TEST_CASE("NaN and infinity go through") {
  Tape t;
  const Real inf = HUGE_VAL;
  const Tensor y(my_softplus(t.constant(Tensor({std::nan(""), inf, -inf}))).value());
  CHECK(std::isnan(y[0]));
  CHECK(y[1] == inf);
  CHECK(y[2] == 0);
}
