#include <cmath>

#include "exercise.h"
#include "nn/optimizer.h"
#include "tests/catch.h"

using namespace gradus;

// p = torch.tensor([1., -2., 0.5]); o = torch.optim.Adam([p], lr=0.1); for g in gradients: p.grad = g; o.step(); in double
TEST_CASE("golden values of four steps, by PyTorch") {
  Parameter p("p", Tensor({1, -2, 0.5}));
  MyAdam adam{.lr = 0.1};
  const double gradients[4][3] = {{1.0, 2, -3}, {0.5, -1, 0}, {-4, 0.25, 0.001}, {2, 2, 2}};
  const double expected[4][3] = {{0.900000001, -2.0999999995, 0.5999999996666667},
                                 {0.8067820382981611, -2.1266337032975686, 0.6670058247643731},
                                 {0.8489282434852271, -2.1541981688956398, 0.7187802037299682},
                                 {0.8548055432540229, -2.2097016966815968, 0.7217828056988025}};
  for (int n = 0; n < 4; ++n) {
    Tape t({&p});
    t.backward(t.leaf(p) * 1, Tensor({gradients[n][0], gradients[n][1], gradients[n][2]}));
    adam.step(t);
    for (Index j = 0; j < 3; ++j) CHECK(p.value()[j] == Approx(expected[n][j]).epsilon(1e-11));
  }
}

TEST_CASE("it agrees with the library's Adam over 60 steps of a fit, with two parameters") {
  Parameter w("w", Tensor({2, 1}, {0.3, -0.4})), b("b", Tensor({0.1})), w2("w", Tensor({2, 1}, {0.3, -0.4})),
      b2("b", Tensor({0.1}));
  const Tensor x({4, 2}, {1, 2, -1, 0.5, 3, -2, 0, 1}), y({4, 1}, {1, 0, -1, 2});
  MyAdam mine{.lr = 0.05, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6};
  Optimizer theirs(Adam{.lr = 0.05, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6});
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    Tape t({&w, &b}), u({&w2, &b2});
    const Var loss = mse_loss(tanh(matmul(t.constant(x), t.leaf(w)) + t.leaf(b)), t.constant(y));
    t.backward(loss);
    u.backward(mse_loss(tanh(matmul(u.constant(x), u.leaf(w2)) + u.leaf(b2)), u.constant(y)));
    if (step == 0) first = loss.item();
    last = loss.item();
    mine.step(t);
    theirs.step(u, step);
    for (Index j = 0; j < 2; ++j) REQUIRE(w.value()[j] == Approx(w2.value()[j]).epsilon(1e-10));
    REQUIRE(b.value()[0] == Approx(b2.value()[0]).epsilon(1e-10));
  }
  CHECK(last < first);
  CHECK(mine.steps == 60);
}

TEST_CASE("a gradient of zero moves nothing at first, and is no division by zero") {
  Parameter p("p", Tensor({1, 2}));
  MyAdam adam{.lr = 0.1};
  Tape t({&p});
  t.backward(t.leaf(p) * 1, Tensor({0, 1}));
  adam.step(t);
  CHECK(p.value()[0] == 1);
  CHECK(p.value()[1] == Approx(1.9).epsilon(1e-7));
}
