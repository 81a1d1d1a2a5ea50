// A whole training program: a network of two layers learns exclusive or, which no single layer can.
#include <cstdio>

#include "nn/descend.h"
#include "nn/init.h"
#include "nn/modules.h"
using namespace gradus;

int main() {
  // The data: four inputs with two numbers each, and what the network is to say of them.
  const Tensor inputs({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1});
  const Tensor targets({4, 1}, {0, 1, 1, 0});

  // The network: 2 -> 8 -> 1. Its parameters are what moves.
  Linear hidden("hidden", 2, 8), out("out", 8, 1);
  init_pytorch(hidden, 1);
  init_pytorch(out, 1);
  const auto network = [&](Var x) { return sigmoid(out(tanh(hidden(x)))); };

  // Training: record the loss on the tape, go back through it (backpropagation), let Adam make a step. 200 times.
  const auto loss = [&](Tape& t, int) { return mse_loss(network(t.constant(inputs)), t.constant(targets)); };
  const auto show = [](const Step& s) {
    if (s.step % 40 == 0) std::printf("step %3d  loss %.4f\n", s.step, s.loss);
  };
  descend(join({hidden.parameters(), out.parameters()}), Adam{0.05}, 200, loss, show);

  // What it says now.
  Tape t;
  const Var y = network(t.constant(inputs));
  for (Index n = 0; n < 4; ++n) std::printf("%.0f xor %.0f = %.2f\n", inputs[2 * n], inputs[2 * n + 1], y.value()[n]);
}
