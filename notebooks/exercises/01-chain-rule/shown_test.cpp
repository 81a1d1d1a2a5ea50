// What you can check by hand. The working stands beside each number.
#include "exercise.h"

#include <cmath>

#include "tests/catch.h"

using namespace gradus;

TEST_CASE("times: its local derivatives are the other factor") {
  NumberTape tape;
  const int a = number(tape, 3), b = number(tape, 2);
  const int y = times(tape, a, b);
  REQUIRE(tape[y].value == 6);
  REQUIRE(tape[y].from.size() == 2);
  INFO("y = a b: where b = 2, y grows by 2 for each 1 that a grows");
  CHECK(tape[y].from[0].derivative == 2);
  INFO("and where a = 3, by 3 for each 1 that b grows");
  CHECK(tape[y].from[1].derivative == 3);
}

TEST_CASE("tanh: its local derivative is 1 - y^2") {
  NumberTape tape;
  const int y = tanh_of(tape, number(tape, 0.5));
  // tanh(0.5) = 0.462117157, 1 - 0.462117157^2 = 0.786447733
  REQUIRE(tape[y].from.size() == 1);
  INFO("the y in 1 - y^2 is the value of tanh, not what it was computed from");
  CHECK(tape[y].from[0].derivative == Approx(0.786447733).epsilon(1e-8));
}

TEST_CASE("backward: one step of the chain rule") {
  NumberTape tape;
  const int w = number(tape, 3), x = number(tape, 2);
  times(tape, w, x);
  backward(tape);
  INFO("L = w x with w = 3, x = 2. The gradient of L itself is 1, so dL/dw = 1 * 2 and dL/dx = 1 * 3");
  CHECK(tape[w].gradient == 2);
  CHECK(tape[x].gradient == 3);
}

TEST_CASE("backward: three steps, L = tanh(w x + b)") {
  NumberTape tape;
  const int w = number(tape, 0.5), x = number(tape, 2), b = number(tape, -0.5);
  const int product = times(tape, w, x), sum = plus(tape, product, b);
  tanh_of(tape, sum);
  backward(tape);
  // w x + b = 0.5, so dL/d(sum) = 1 - tanh(0.5)^2 = 0.786447733, and plus hands the same on to both of its sides.
  INFO("from the end to the start: tanh gives its gradient to the sum, the sum to the product, the product to w and x");
  CHECK(tape[sum].gradient == Approx(0.786447733).epsilon(1e-8));
  CHECK(tape[product].gradient == Approx(0.786447733).epsilon(1e-8));
  CHECK(tape[b].gradient == Approx(0.786447733).epsilon(1e-8));
  INFO("the chain rule: the gradient of the product TIMES the local derivative, 0.786447733 * 2 and 0.786447733 * 0.5");
  CHECK(tape[w].gradient == Approx(1.572895466).epsilon(1e-8));
  CHECK(tape[x].gradient == Approx(0.3932238665).epsilon(1e-8));
}
