// What you can check by hand, and then PyTorch's numbers.
#include <cmath>

#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

// One step with a gradient that is given.
void step_with(MyAdam& adam, Parameter& p, const Tensor& gradient) {
  Tape t({&p});
  t.backward(t.leaf(p) * 1, gradient);
  adam.step(t);
}

}  // namespace

TEST_CASE("the first step is lr long, whatever the size of the gradient") {
  Parameter p("p", Tensor({1, 1, 1}));
  MyAdam adam{.lr = 0.1};
  step_with(adam, p, Tensor({1e-3, 5, 1e4}));
  INFO("m = 0.1 g and v = 0.001 g^2; divided by 1 - 0.9 and 1 - 0.999 they are g and g^2, and g / sqrt(g^2) = 1");
  INFO("much more than 0.9 or much less: is one of the two not corrected for its start at zero?");
  CHECK(p.value()[0] == Approx(0.9).epsilon(1e-5));
  CHECK(p.value()[1] == Approx(0.9).epsilon(1e-8));
  CHECK(p.value()[2] == Approx(0.9).epsilon(1e-8));
}

TEST_CASE("it goes down: against the gradient's sign") {
  Parameter p("p", Tensor({0, 0}));
  MyAdam adam{.lr = 0.1};
  step_with(adam, p, Tensor({2, -2}));
  INFO("where the gradient is positive the loss grows with p, so p must fall");
  CHECK(p.value()[0] < 0);
  CHECK(p.value()[1] > 0);
}

TEST_CASE("eps stands outside of the root") {
  Parameter p("p", Tensor({0}));
  MyAdam adam{.lr = 1, .eps = 1};
  step_with(adam, p, Tensor({3}));
  INFO("m^ = 3, v^ = 9: 3 / (sqrt(9) + 1) = 0.75, not 3 / sqrt(9 + 1) = 0.949");
  CHECK(p.value()[0] == Approx(-0.75).epsilon(1e-12));
}

TEST_CASE("two steps by hand: g = 1, then g = -1") {
  // m: 0.1, then 0.9 * 0.1 - 0.1 = -0.01. v: 0.001, then 0.999 * 0.001 + 0.001 = 0.001999.
  // The second step: m^ = -0.01 / (1 - 0.81) = -0.0526315789, v^ = 0.001999 / (1 - 0.998001) = 1: it goes up by lr * 0.0526.
  Parameter p("p", Tensor({0}));
  MyAdam adam{.lr = 0.1};
  step_with(adam, p, Tensor({1}));
  CHECK(p.value()[0] == Approx(-0.1).epsilon(1e-7));
  step_with(adam, p, Tensor({-1}));
  INFO("the second step: m^ = -0.01 / (1 - 0.9^2), v^ = 0.001999 / (1 - 0.999^2) = 1; -0.1 + 0.1 * 0.0526315789");
  CHECK(p.value()[0] == Approx(-0.1 + 0.00526315789).epsilon(1e-7));
}
