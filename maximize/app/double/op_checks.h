// The table of `gradus gradcheck`: a row for each op of autograd/ops.h, with the shapes and the ranges of its arguments.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "autograd/tape.h"

namespace gradus::app {

struct Argument {
  const char* name;
  Shape shape;
  double low = -2, high = 2;
};

using X = std::span<const Var>;
struct OpCheck {
  const char* op;
  std::vector<Argument> arguments;
  std::function<Var(X)> function;
};

// Sizes differ from axis to axis; values stay away from poles, and kinks and ties are left to chance (where it leaves nothing
// to check, other values are drawn).
std::vector<OpCheck> op_checks();

}  // namespace gradus::app
