#include "maximize/claim.h"

namespace gradus {

const char* name(Outcome outcome) {
  return outcome == Outcome::holds ? "HOLDS" : outcome == Outcome::fails ? "FAILS" : "UNDECIDED";
}

Outcome above(double measured, double threshold) {
  return above(measured, measured, threshold);
}

Outcome above(double low, double high, double threshold) {
  if (low > threshold && high > threshold) return Outcome::holds;
  if (low <= threshold && high <= threshold) return Outcome::fails;
  return Outcome::undecided;
}

Outcome holds(bool claim) {
  return claim ? Outcome::holds : Outcome::fails;
}

}  // namespace gradus
