// What the scripted debugger runs step through: a network of two layers on the engine alone.
#include <cstdio>
#include <cstring>

#include "autograd/ops.h"
#include "autograd/tape.h"

using namespace gradus;

// A Var whose tape is gone and an object that was never made, beside a tape that is there: the printers say so.
double among_the_dead(const Parameter& weight) {
  Var dead;
  {
    Tape gone;
    dead = gone.constant(1.0);
  }
  alignas(Parameter) unsigned char never_made[sizeof(Parameter)];
  std::memset(never_made, 0x7e, sizeof never_made);
  Tape alive;
  const Var value = exp(alive.leaf(weight));
  // gdb stops below: among the dead
  return static_cast<double>(value.value()[0]) + never_made[0];
}

int main() {
  const Parameter image("image", Tensor({2, 3}, {0.5, -1, 2, 1, 0, -0.25}));
  Parameter weight("fc.weight", Tensor({3, 4}, {.1, .2, .3, .4, .5, .6, .7, .8, .9, 1, 1.1, 1.2}));
  Parameter head("head.weight", Tensor({4, 2}, {1, -1, .5, -.5, 2, -2, .25, -.25}));
  Tensor film(Shape{2, 3, 8, 9}), ramp(Shape{1000});
  for (Index i = 0; i < film.size(); ++i) film[i] = static_cast<Real>(i);
  for (Index i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<Real>(i) / 2;

  Tape tape({&weight, &head}, 1);
  // gdb stops below: hidden
  const Var hidden = tape.name(tanh(matmul(tape.leaf(image), tape.leaf(weight))), "hidden");
  // gdb stops below: logits
  const Var logits = tape.name(matmul(hidden, tape.leaf(head)), "logits");
  const Index targets[] = {0, 1};
  const Var loss = cross_entropy(logits, targets);
  tape.backward(loss);
  std::printf("loss %.4f, gradient %.4f\n", static_cast<double>(loss.item()), static_cast<double>(tape.grad(head)[0]));
  return among_the_dead(weight) > 0 ? 0 : 1;
}
