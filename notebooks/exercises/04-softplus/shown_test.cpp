// What you can check by hand, and then all elements against finite differences.
#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

Real softplus_of(Real x) {
  Tape t;
  return my_softplus(t.constant(Tensor({x}))).value()[0];
}

// G = 1
Real slope_at(Real at) {
  Parameter x("x", Tensor({at}));
  Tape t({&x});
  t.backward(my_softplus(t.leaf(x)), Tensor({1}));
  return t.grad(x)[0];
}

}  // namespace

TEST_CASE("the value at 0 is ln 2") {
  INFO("log(1 + exp(0)) = log 2");
  CHECK(softplus_of(0) == Approx(0.6931471805599453).epsilon(1e-15));
}

TEST_CASE("large x: at 40 and at 1000 the value is x") {
  INFO("exp(1000) is infinity in double; log(1 + exp(1000)) is not: it is 1000");
  CHECK(softplus_of(40) == 40);
  CHECK(softplus_of(1000) == 1000);
}

TEST_CASE("very negative x: at -40 the value is exp(-40), not 0") {
  // log(1 + h) = h for a tiny h; exp(-40) = 4.248354255291589e-18
  INFO("1 + exp(-40) is 1 in double, for there are only 16 digits; std::log1p(h) is log(1 + h) without that loss");
  CHECK(softplus_of(-40) == Approx(4.248354255291589e-18).epsilon(1e-14));
  CHECK(softplus_of(-1000) == 0);
}

TEST_CASE("the slope at 0 is one half, at 1000 it is 1, at -1000 it is 0") {
  CHECK(slope_at(0) == 0.5);
  INFO("no infinity divided by infinity: choose the form whose exp cannot overflow");
  CHECK(slope_at(1000) == 1);
  CHECK(slope_at(-1000) == 0);
  // 1 / (1 + e^-1) = 0.7310585786300049
  CHECK(slope_at(1) == Approx(0.7310585786300049).epsilon(1e-15));
}

TEST_CASE("the gradient check") {
  Parameter x("x", Tensor({2, 3}, {1, -2, 0.5, 3, -1, 0.25}));
  REQUIRE_THAT(gradcheck([&](Tape& t) { return my_softplus(t.leaf(x)); }, {&x}), PassesGradcheck());
}
