// Exercise 12: maximize a neuron, and regularize it. README.md beside this file tells what to do.
#include "exercise.h"

#include "autograd/random.h"
#include "nn/descend.h"

namespace gradus {
inline namespace GRADUS_REAL {

Var my_mean_square(Var image) {
  // YOUR CODE 1
  (void)image;
  starting_point();
}

Var my_total_variation(Var image) {
  // YOUR CODE 2. All but the first row: slice(image, 2, 1, H); all but the last one: slice(image, 2, 0, H - 1).
  (void)image;
  starting_point();
}

Tensor my_maximize(const Model& model, const Unit& unit, Weights weights, int steps) {
  // Free numbers, whose sigmoid are the pixels: so pixels stay in [0, 1]. They begin as dark noise.
  Parameter free("image", model.input_shape(1));
  Random random(1, "start");
  for (Real& z : free.mutable_value().values()) z = -2 + 0.5 * random.normal();

  const auto objective = [&](Tape& t, int) -> Var {
    const Var image = sigmoid(t.leaf(free));
    [[maybe_unused]] const Var activation_of_unit = activation(model, image, unit);
    // YOUR CODE 3: what is to be LOWERED.
    (void)weights;
    starting_point();
  };
  // YOUR CODE 4: descend(what moves, Adam{0.05}, steps, objective)
  (void)steps, (void)objective;
  starting_point();

  Tape t;
  return Tensor(sigmoid(t.leaf(free)).value());
}

}  // namespace GRADUS_REAL
}  // namespace gradus
