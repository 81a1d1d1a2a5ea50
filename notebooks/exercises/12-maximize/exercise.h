// What exercise.cpp defines, and the tests call.
#pragma once

#include "checker/exercise.h"
#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {

// How much each penalty counts beside the unit's activation.
struct Weights {
  double l2 = 0, total_variation = 0;
};

// The mean of all squared pixels. image (N, C, H, W) -> ()
Var my_mean_square(Var image);

// How much neighbours differ: the mean |difference| to the pixel below, plus that to the pixel on the right. -> ()
Var my_total_variation(Var image);

// The image (1, C, H, W), pixels in [0, 1], that raises the unit's activation, less the penalties, in so many steps.
Tensor my_maximize(const Model& model, const Unit& unit, Weights weights, int steps);

}  // namespace GRADUS_REAL
}  // namespace gradus
