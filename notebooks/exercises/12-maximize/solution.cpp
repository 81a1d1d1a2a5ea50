// Exercise 12: maximize a neuron, and regularize it. README.md beside this file tells what to do.
#include "exercise.h"

#include "autograd/random.h"
#include "nn/descend.h"

namespace gradus {
inline namespace GRADUS_REAL {

Var my_mean_square(Var image) {
  // YOUR CODE 1
  return mean(square(image));
}

Var my_total_variation(Var image) {
  // YOUR CODE 2. All but the first row: slice(image, 2, 1, H); all but the last one: slice(image, 2, 0, H - 1).
  const Index H = image.shape()[2], W = image.shape()[3];
  const Var down = slice(image, 2, 1, H) - slice(image, 2, 0, H - 1);
  const Var right = slice(image, 3, 1, W) - slice(image, 3, 0, W - 1);
  return mean(abs(down)) + mean(abs(right));
}

Tensor my_maximize(const Model& model, const Unit& unit, Weights weights, int steps) {
  // Free numbers, whose sigmoid are the pixels: so pixels stay in [0, 1]. They begin as dark noise.
  Parameter free("image", model.input_shape(1));
  Random random(1, "start");
  for (Real& z : free.mutable_value().values()) z = -2 + 0.5 * random.normal();

  const auto objective = [&](Tape& t, int) -> Var {
    const Var image = sigmoid(t.leaf(free));
    const Var activation_of_unit = activation(model, image, unit);
    // YOUR CODE 3: what is to be LOWERED.
    const Var dark = weights.l2 * my_mean_square(image), smooth = weights.total_variation * my_total_variation(image);
    return dark + smooth - activation_of_unit;
  };
  // YOUR CODE 4: descend(what moves, Adam{0.05}, steps, objective)
  descend({&free}, Adam{0.05}, steps, objective);

  Tape t;
  return Tensor(sigmoid(t.leaf(free)).value());
}

}  // namespace GRADUS_REAL
}  // namespace gradus
