#include "nn/descend.h"

#include <cmath>
#include <string>

#include "autograd/error.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// Where `what`, the loss or its gradient's norm, became NaN or infinite.
[[noreturn]] void refuse(Tape& tape, const Var& loss, const std::string& what, double value, int step) {
  const std::string start = "descend: " + what + " is not finite (" +
                            (std::isnan(value) ? "nan"
                             : value > 0       ? "inf"
                                               : "-inf") +
                            ") at step " + std::to_string(step);
  // What was finite at step 0 is most often a rate too high.
  const std::string advice = step > 0 ? "; a smaller learning rate may help" : "";
  std::string first = first_not_finite(tape);
  if (first.empty()) {
    tape.check_finite(true);
    tape.zero_grad();
    try {
      tape.backward(loss);
    } catch (const Error& e) {
      first = e.what();
    }
  }
  throw Error(start + (first.empty() ? "" : "; first in " + first) + advice);
}

}  // namespace

Descent::Descent(const Parameters& moving, Optimizer optimizer, Budget budget)
    : tape_(moving, budget.threads),
      optimizer_(std::move(optimizer)),
      budget_(budget),
      progress_{.steps = budget.from} {}

Tape& Descent::begin() {
  tape_.clear();
  tape_.zero_grad();
  return tape_;
}

Step Descent::finish(const Var& loss) {
  const int step = progress_.steps;
  tape_.backward(loss);
  progress_.loss = static_cast<double>(loss.item());
  if (step == budget_.from) progress_.first_loss = progress_.loss;
  if (!std::isfinite(progress_.loss)) refuse(tape_, loss, "the loss", progress_.loss, step);
  const double norm = gradient_norm(tape_);
  if (!std::isfinite(norm)) refuse(tape_, loss, "the norm of the gradients", norm, step);
  optimizer_.step(tape_, step, norm);
  progress_.steps = step + 1;
  return {step, progress_.loss, norm, optimizer_.learning_rate(step), tape_, optimizer_};
}

}  // namespace GRADUS_REAL
}  // namespace gradus
