// What you can check by hand, and then all elements against finite differences.
#include <cmath>

#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

// Two tokens, one number each: q = (0, 1), k = (0, ln 3), v = (8, 4).
struct Two {
  Parameter q{"q", Tensor({2, 1}, {0, 1})}, k{"k", Tensor({2, 1}, {0, std::log(Real(3))})},
      v{"v", Tensor({2, 1}, {8, 4})};
};

Tensor numbers(Index T, Index hs, Index step) {
  Tensor p = Tensor::zeros({T, hs});
  for (Index j = 0; j < T * hs; ++j) p[j] = static_cast<Real>((j * step) % 13) / 6 - 1;
  return p;
}

}  // namespace

TEST_CASE("forward: the first token sees itself alone") {
  Two a;
  Tape t;
  const Var y = my_attention(t.leaf(a.q), t.leaf(a.k), t.leaf(a.v));
  INFO("y_0 = v_0 = 8. If it is a mixture of 8 and 4, token 0 looks into the future");
  CHECK(y.value()[0] == 8);
  INFO("token 1: s = (0, ln 3), so p = (1/4, 3/4), and y_1 = 8 / 4 + 3 * 4 / 4 = 5");
  CHECK(y.value()[1] == Approx(5).epsilon(1e-14));
}

TEST_CASE("dL/dv, worked by hand, G = (0, 1)") {
  Two a;
  Tape t({&a.v});
  t.backward(my_attention(t.leaf(a.q), t.leaf(a.k), t.leaf(a.v)), Tensor({2, 1}, {0, 1}));
  INFO("y_1 = 1/4 v_0 + 3/4 v_1, so dL/dv = (1/4, 3/4)");
  CHECK(t.grad(a.v)[0] == Approx(0.25).epsilon(1e-14));
  CHECK(t.grad(a.v)[1] == Approx(0.75).epsilon(1e-14));
}

TEST_CASE("dL/dq and dL/dk, worked by hand, G = (0, 1)") {
  // dL/dp_1 = (8, 4), its mean under p is 5, so D_1 = (1/4 (8 - 5), 3/4 (4 - 5)) = (3/4, -3/4).
  Two a;
  Tape t({&a.q, &a.k});
  t.backward(my_attention(t.leaf(a.q), t.leaf(a.k), t.leaf(a.v)), Tensor({2, 1}, {0, 1}));
  INFO("D_1 = (3/4, -3/4): p_1j times (dL/dp_1j minus the mean of dL/dp_1 under p)");
  INFO("dL/dk_j = D_1j q_1 = (3/4, -3/4)");
  CHECK(t.grad(a.k)[0] == Approx(0.75).epsilon(1e-14));
  CHECK(t.grad(a.k)[1] == Approx(-0.75).epsilon(1e-14));
  INFO("dL/dq_1 = D_10 k_0 + D_11 k_1 = -3/4 ln 3; dL/dq_0 = 0, for token 0 has nothing to choose from");
  CHECK(t.grad(a.q)[0] == Approx(0).margin(1e-15));
  CHECK(t.grad(a.q)[1] == Approx(-0.75 * std::log(3.0)).epsilon(1e-14));
}

TEST_CASE("the gradient check, 4 tokens of 3 numbers") {
  Parameter q("q", numbers(4, 3, 5)), k("k", numbers(4, 3, 7)), v("v", numbers(4, 3, 3));
  REQUIRE_THAT(gradcheck([&](Tape& t) { return my_attention(t.leaf(q), t.leaf(k), t.leaf(v)); }, {&q, &k, &v}),
               PassesGradcheck());
}
