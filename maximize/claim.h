// Claim: what was said before a run, with its threshold, and what came of it.
#pragma once

#include <string>

#include "autograd/config.h"

namespace gradus {

enum class Outcome { holds, fails, undecided };
GRADUS_API const char* name(Outcome outcome);  // "HOLDS", "FAILS", "UNDECIDED"

// Whether a measured value is above a threshold. Undecided where either is not a number, and for an interval that holds
// the threshold.
GRADUS_API Outcome above(double measured, double threshold);
GRADUS_API Outcome above(double low, double high, double threshold);
GRADUS_API Outcome holds(bool claim);

// What was claimed before the run and what came of it.
struct Claim {
  std::string claim, threshold, measured = {};
  std::string null = {};  // what chance gives: "mean over noise 0.28"; "" where nothing random could hold it
  Outcome outcome = Outcome::undecided;
};

}  // namespace gradus
