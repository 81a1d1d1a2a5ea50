#include "exercise.h"

#include <cmath>
#include <initializer_list>

#include "tests/catch.h"

using namespace gradus;

namespace {

// L = tanh(w2 tanh(w1 x + b1) + b2): two layers of one neuron.
double two_layers(NumberTape& tape, const std::vector<double>& p) {
  int at[5];
  for (int i = 0; i < 5; ++i) at[i] = number(tape, p[i]);
  const int hidden = tanh_of(tape, plus(tape, times(tape, at[0], at[4]), at[1]));
  return tape[tanh_of(tape, plus(tape, times(tape, at[2], hidden), at[3]))].value;
}

}  // namespace

TEST_CASE("two layers agree with nudging each number") {
  const std::vector<double> p = {0.7, -0.2, 1.3, 0.4, -1.1};
  NumberTape tape;
  two_layers(tape, p);
  backward(tape);
  for (int i = 0; i < 5; ++i) {
    const double h = 1e-5;
    std::vector<double> up = p, down = p;
    up[i] += h;
    down[i] -= h;
    NumberTape above, below;
    const double slope = (two_layers(above, up) - two_layers(below, down)) / (2 * h);
    CHECK(tape[i].gradient == Approx(slope).epsilon(1e-7));
  }
}

TEST_CASE("a second backward gives the same gradients") {
  NumberTape tape;
  const int w = number(tape, 3), x = number(tape, 2);
  times(tape, w, x);
  backward(tape);
  backward(tape);
  CHECK(tape[w].gradient == 2);
  CHECK(tape[x].gradient == 3);
}

TEST_CASE("what the result does not depend on has gradient 0") {
  NumberTape tape;
  const int a = number(tape, 3), unused = number(tape, 7);
  tanh_of(tape, a);
  backward(tape);
  CHECK(tape[unused].gradient == 0);
}

TEST_CASE("a long chain: 40 factors of 0.9") {
  NumberTape tape;
  const int x = number(tape, 1);
  int y = x;
  for (int i = 0; i < 40; ++i) y = times(tape, y, number(tape, 0.9));
  backward(tape);
  CHECK(tape[x].gradient == Approx(std::pow(0.9, 40)).epsilon(1e-12));
}
