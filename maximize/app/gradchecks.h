// The gradient checks of `gradus gradcheck`. They need double, the program is float: this header is all that the two
// share, without Real. double/ is compiled against gradus64, into a module that the program loads when it is asked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "autograd/config.h"

namespace gradus::app {

struct GradcheckedArgument {
  std::string op, argument;
  std::int64_t elements = 0;
  double error = 0;            // the largest |a - n| / max(|a|, |n|, s), s the argument's largest gradient
  double estimate = 0;         // the largest estimated error of a difference, relative to s
  std::int64_t undecided = 0;  // elements whose difference is too uncertain
  bool passed = false;         // nothing is wrong, and nothing is undecided
  bool failed = false;         // something is wrong; neither: elements are undecided
};

struct Gradchecks {
  std::vector<GradcheckedArgument> arguments;
  std::string reports;  // of the checks that failed
};

// Every op of autograd/ops.h, and both models at tiny sizes, every element by every argument; or what `op` names alone.
// Throws InputError where nothing has that name.
Gradchecks run_gradchecks(const std::string& op, std::uint64_t seed);
std::vector<std::string> gradcheck_names();  // what `op` may be, in order

}  // namespace gradus::app

// The module's one symbol: run_gradchecks.
extern "C" GRADUS_API void gradus_run_gradchecks(const std::string& op, std::uint64_t seed,
                                                 gradus::app::Gradchecks& result);
