// Gradient check: is the gradient that backward() computes the derivative of what forward() computes?
//
//   Parameter x("x", Tensor({2, 3}, {...}));
//   const Gradcheck check = gradcheck([&](Tape& t) { return softmax(t.leaf(x)); }, {&x});
//   check.passed;    // true
//   check.report();  // the verdict, the reasons, the worst elements
//
// Every element of every parameter is moved up and down, and a difference of fourth order is compared with the tape's
// gradient. The output of any shape is first multiplied by a random cotangent c and summed, L = sum(c * y): with ones in
// its place (a plain sum) every gradient of softmax would be zero, and a wrong one would pass.
//
// A difference knows how far it can be trusted: the estimate of its error comes from what the formula leaves out and from
// the rounding of L, which is measured. The step is adapted to each element until the estimate is small. At a kink the
// gradient must lie between the two one-sided slopes; at the edge of the function's domain (log near 0) smaller steps are
// taken, or the slope on the one side that there is. An element is right when the two derivatives agree within the
// tolerance and 4 estimates, wrong when they do not, and undecided when they do but the estimate is worse than the
// resolution: then the check has not passed either. What is wrong is looked for node by node, and named (Cause).
//
// For double only: in float the difference of two values has no digits left to compare. Link gradus64.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

static_assert(sizeof(Real) == 8, "a gradient check needs double: compile with GRADUS_DOUBLE and link gradus64");

struct GradcheckOptions {
  double step = 3e-4;  // the first step for an element x is step * max(1, |x|); above 0
  // What |a - n| may be, relative to the parameter's largest gradient: the rounding of backward itself.
  double tolerance = 1e-11;
  double resolution = 1e-7;  // an element is undecided where the estimated error of n is more, relative to the same
  double absolute_tolerance = 0;  // |a - n| up to this is right whatever its error; by default nothing is forgiven
  std::uint64_t seed = 1;         // of the cotangent and of the directions
  // 0 compares every element. n > 0 compares, for each parameter, only the slopes along n random directions: four
  // evaluations each instead of four an element. Weaker: a fault in one of many elements may hide.
  int directions = 0;
  // Names of parameters whose true gradient is zero everywhere (attention's key bias). Without being listed here such
  // a parameter fails, because nothing was checked.
  std::vector<std::string> zero_gradients = {};
  double zero_tolerance = 1e-12;  // what their gradients may be, absolutely
};

// Of one element of a gradient.
enum class GradientVerdict {
  right,
  kink,       // the function has a kink here, and the gradient lies between its one-sided slopes: accepted
  undecided,  // the two agree, but the differences are too uncertain to say more: not accepted
  wrong,
};

// One element of one parameter, and the two derivatives of L by it.
struct GradcheckRow {
  std::string op;  // the op whose backward is wrong, where it was found; else the first op that uses the parameter
  std::string parameter;
  Index index = 0;  // in row-major order; -1: along a random direction
  Shape shape;      // the parameter's
  double analytic = 0, numeric = 0;
  double absolute = 0;  // |a - n|
  double error = 0;     // |a - n| / max(|a|, |n|, s), s the largest gradient magnitude in this parameter
  double relative = 0;  // |a - n| / max(|a|, |n|), where that is above 1e-3 s; 0 below
  double estimate = 0;  // of the error of n, divided by s
  GradientVerdict verdict = GradientVerdict::right;
};

// What is wrong with a gradient, where the pattern is known.
enum class Cause {
  unknown,
  sign,             // -1 times the right one
  factor,           // a constant times the right one
  batch_size,       // the constant is the size of an axis, or one over it
  transposed,       // the right values in transposed order, or a product with a factor that is not transposed
  overwritten,      // assigned where it must be added to what is there
  uninitialized,    // added to where it must be assigned: what was in the buffer before is in it
  not_summed_back,  // of a broadcast input: one of the copies' gradients instead of their sum
  never_written,    // nothing, or zero
  partly_written,   // some elements are not written
  normalization,    // the terms that couple the elements of a row (softmax, layer norm) are missing or wrong
  kink,             // right but at a kink, where it is outside the one-sided slopes
  stale,            // computed from a value that was replaced since
  wrong_axis,       // the right values along another axis
  detached,         // the function depends on the parameter outside of the tape
  no_cotangent,     // the gradient of the sum of the values: the cotangent is not used
  no_derivative,    // the cotangent itself: the op's own derivative is missing
  swapped,          // another argument's gradient
  shifted,          // the neighbours' gradients
  frozen_written,   // given to an input that does not move
  once,             // only the first backward is right
  not_finite,
  throws,  // backward throws an Error
};
GRADUS_API const char* name(Cause cause);  // "not summed back"

// One fault, and where it is likely to be.
struct Diagnosis {
  Cause cause = Cause::unknown;
  std::string op;              // whose backward is wrong
  int input = -1, inputs = 0;  // by which of its inputs, counted from 0; -1: outside of the ops' inputs
  std::string argument;   // that input, as a reader knows it: "'bias'", "h.0.mlp.act", "the tanh of line train.cpp:40"
  std::string parameter;  // its name, where the input is a parameter
  std::string at;         // "train.cpp:41", the line that called the op
  std::string what;       // the fault, in words
};

// Something that the check has to say.
struct GradcheckFinding {
  std::string parameter, op;  // what it is about; empty where it is about all of it
  Index index = -1;           // of the parameter's element, -1 for none
  std::string what;           // a sentence, which says all this too
  bool undecided = false;     // it accuses nothing: more cannot be said
};

struct GRADUS_API Gradcheck {
  bool passed = false;                     // nothing failed, which takes that nothing is undecided
  bool fast = false;                       // only along random directions
  bool nothing_to_check = false;           // a parameter's gradient is zero, by the tape and by differences
  Index wrong = 0, undecided = 0;          // elements
  double max_error = 0;                    // over all rows but those of zero_gradients
  double max_relative = 0;                 // the same of GradcheckRow::relative
  double tolerance = 0;                    // of the options
  std::vector<GradcheckFinding> failures;  // each reason for which it did not pass
  std::vector<GradcheckFinding> notes;     // what else should be known, as that the function's domain ends nearby
  std::vector<Diagnosis> diagnoses;        // what is likely wrong, in the order of recording
  std::vector<GradcheckRow> rows;          // every element, the worst first: by verdict, then by error
  std::string report(int most = 8) const;  // the verdict, all of the above and so many rows, one a line
};

// A function of parameters, recorded on the tape it is given. It must record the same every time.
class GRADUS_API GradcheckFunction {
 public:
  virtual ~GradcheckFunction();
  virtual Var record(Tape& t) = 0;
};

// Beside the comparison it checks that the function is deterministic, finite and not constant; that backward can run
// again and adds up; that two uses of one leaf add up, and that every single op adds to a gradient that is there
// already (a backward that assigns where it should add is caught, whatever feeds it); that backward throws no Error
// where the function does not; that each parameter's gradient is the same when the others are frozen, which then get
// none; and that the gradient follows when the values move. The parameters' values are moved during the check and are
// what they were, bit for bit, after it. Errors that the function throws at its own values pass through; where it throws
// at values that were moved, it is taken as not finite there.
GRADUS_API Gradcheck gradcheck(GradcheckFunction& function, const Parameters& parameters,
                               const GradcheckOptions& options = {});

// Second order, for a function of one value, L: H is the matrix of its second derivatives. For a random direction v,
// differences of the gradient give H v = (g(x + hv) - g(x - hv)) / 2h. It must be what `product` says, where one is
// given (by parameter, in order); and a gradient field has a symmetric H: u.Hv = v.Hu for a second direction u; and
// v.Hv is the second difference of L.
struct HessianCheck {
  bool passed = false;
  double product_error = 0;    // the largest |p - Hv| / max |Hv| over all elements, where a product is given
  double symmetry_error = 0;   // |u.Hv - v.Hu| / (|u| |Hv|)
  double curvature_error = 0;  // |v.Hv - (L(x + hv) - 2 L(x) + L(x - hv)) / h^2| / (|v| |Hv|)
  std::vector<std::string> failures;
};
struct HessianOptions {
  double step = 1e-4;  // h; second differences leave half of the digits that first ones do
  double tolerance = 1e-5;
  std::uint64_t seed = 1;
};
class GRADUS_API HessianProduct {
 public:
  virtual ~HessianProduct();
  virtual std::vector<Tensor> times(const std::vector<Tensor>& v) = 0;
};
GRADUS_API HessianCheck hessian_vector_check(GradcheckFunction& function, const Parameters& parameters,
                                             const HessianOptions& options = {}, HessianProduct* product = nullptr);

namespace detail {
template <class Function>
struct Recorded final : GradcheckFunction {
  explicit Recorded(Function& f) : call(f) {}
  Var record(Tape& t) override { return call(t); }
  Function& call;
};
}  // namespace detail

template <class Function>
  requires std::is_invocable_r_v<Var, Function&, Tape&>
Gradcheck gradcheck(Function&& function, const Parameters& parameters, const GradcheckOptions& options = {}) {
  detail::Recorded<std::remove_reference_t<Function>> recorded(function);
  return gradcheck(recorded, parameters, options);
}

template <class Function>
  requires std::is_invocable_r_v<Var, Function&, Tape&>
HessianCheck hessian_vector_check(Function&& function, const Parameters& parameters, const HessianOptions& options = {},
                                  HessianProduct* product = nullptr) {
  detail::Recorded<std::remove_reference_t<Function>> recorded(function);
  return hessian_vector_check(recorded, parameters, options, product);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
