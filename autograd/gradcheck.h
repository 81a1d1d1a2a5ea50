// Gradient check: is the gradient that backward() computes the derivative of what forward() computes?
//
//   Parameter x("x", Tensor({2, 3}, {...}));
//   const Gradcheck check = gradcheck([&](Tape& t) { return softmax(t.leaf(x)); }, {&x});
//   check.passed;    // true
//   check.report();  // the verdict, the reasons, the worst elements
//
// Every element of every parameter is moved up and down by a step h, and the central difference
// (f(x + h) - f(x - h)) / 2h is compared with the tape's gradient. The output of any shape is first multiplied by a
// random cotangent c and summed, L = sum(c * y): with ones in its place (a plain sum) every gradient of softmax would
// be zero, and a wrong one would pass.
//
// For double only: in float the difference of two values has no digits left to compare. Link gradus64.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "autograd/tape.h"

namespace gradus::inline GRADUS_REAL {

static_assert(sizeof(Real) == 8, "a gradient check needs double: compile with GRADUS_DOUBLE and link gradus64");

struct GradcheckOptions {
  double step = 1e-5;       // h for an element x is step * max(1, |x|): rounding and truncation are both about 1e-10
  double tolerance = 1e-7;  // on GradcheckRow::error
  std::uint64_t seed = 1;   // of the cotangent
  // Names of parameters whose true gradient is zero everywhere (attention's key bias). Without being listed here such
  // a parameter fails, because nothing was checked.
  std::vector<std::string> zero_gradients = {};
  double zero_tolerance = 1e-12;  // what their gradients may be, absolutely
};

// One element of one parameter, and the two derivatives of L by it.
struct GradcheckRow {
  std::string parameter;
  Index index = 0;  // in row-major order
  double analytic = 0, numeric = 0;
  double absolute = 0;  // |a - n|
  double error = 0;     // |a - n| / max(|a|, |n|, s), s the largest gradient magnitude in this parameter
  double relative = 0;  // |a - n| / max(|a|, |n|), where that is above 1e-3 s; 0 below
};

struct GRADUS_API Gradcheck {
  bool passed = false;
  double max_error = 0;                    // over all rows but those of zero_gradients
  double max_relative = 0;                 // the same of GradcheckRow::relative
  double tolerance = 0;                    // what max_error was compared with
  std::vector<std::string> failures;       // each reason for which it did not pass
  std::vector<GradcheckRow> rows;          // every element, the largest error first
  std::string report(int most = 8) const;  // the verdict, the failures and so many rows, one a line
};

// A function of parameters, recorded on the tape it is given. It must record the same every time.
class GRADUS_API GradcheckFunction {
 public:
  virtual ~GradcheckFunction();
  virtual Var record(Tape& t) = 0;
};

// Beside the comparison it checks that the function is deterministic, finite and not constant; that backward can run
// again and adds up; that two uses of one leaf add up (a backward that assigns where it should add is caught); and that
// each parameter's gradient is the same when the others are frozen, which then get none. The parameters' values are
// moved during the check and are what they were, bit for bit, after it. Errors that the function throws pass through.
GRADUS_API Gradcheck gradcheck(GradcheckFunction& function, const Parameters& parameters,
                               const GradcheckOptions& options = {});

template <class Function>
  requires std::is_invocable_r_v<Var, Function&, Tape&>
Gradcheck gradcheck(Function&& function, const Parameters& parameters, const GradcheckOptions& options = {}) {
  struct Recorded final : GradcheckFunction {
    explicit Recorded(std::remove_reference_t<Function>& f) : call(f) {}
    Var record(Tape& t) override { return call(t); }
    std::remove_reference_t<Function>& call;
  } recorded(function);
  return gradcheck(recorded, parameters, options);
}

}  // namespace gradus::inline GRADUS_REAL
