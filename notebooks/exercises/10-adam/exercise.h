// What exercise.cpp defines, and the tests call.
#pragma once

#include <vector>

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Adam (Kingma and Ba 2015, algorithm 1), for one list of parameters.
struct MyAdam {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;

  // One step for every moving parameter of the tape; their gradients are there: t.backward was called.
  void step(const Tape& t);

  int steps = 0;  // how many were made
  // For each parameter, in the order of t.moving(); made by the first step.
  std::vector<std::vector<double>> m = {}, v = {};
};

}  // namespace GRADUS_REAL
}  // namespace gradus
