// descend: the only loop that calls an optimizer. Training a network and maximizing an activation are both this
// function; they differ in which parameters move.
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include "autograd/error.h"
#include "nn/optimizer.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct Budget {
  int steps;        // the number of the step to stop before
  int from = 0;     // the first step's number: above 0 for a run that is resumed
  int threads = 0;  // 0 for all of the machine's cores

  Budget(int to, int first = 0, int thread_count = 0) : steps(to), from(first), threads(thread_count) {}
};

// What on_step is shown, after each step.
struct Step {
  int step;              // from 0
  double loss;           // before the step
  double grad_norm;      // of all gradients together, before clipping
  double learning_rate;  // of this step
  Tape& tape;            // holds the step's recording, values and gradients; what is asked of it holds from the next on
  Optimizer& optimizer;  // for its state
};

// A reference to any callable bool(const Step&), for functions that are compiled once and hand it on to descend. It
// must not outlive the callable.
class OnStep {
 public:
  template <class Callable>
  OnStep(const Callable& callable)
      : callable_(&callable),
        call_([](const void* c, const Step& s) { return (*static_cast<const Callable*>(c))(s); }) {}
  bool operator()(const Step& step) const { return call_(callable_, step); }

 private:
  const void* callable_;
  bool (*call_)(const void*, const Step&);
};

struct Progress {
  int steps = 0;  // the number of the step that would come next
  double first_loss = 0, last_loss = 0;
  bool stopped = false;  // by on_step
};

// Lowers objective(tape, step) by changing only `moving`; every other leaf on the tape is frozen. `objective` records a
// loss of one value on the tape and returns it; on_step(const Step&) returns false to stop. Throws Error, before
// anything is changed by it, when the loss is not finite.
template <class Objective, class OnStep>
Progress descend(const Parameters& moving, Optimizer optimizer, Budget budget, Objective objective, OnStep on_step) {
  Tape tape(moving, budget.threads);
  Progress progress{.steps = budget.from};
  for (int step = budget.from; step < budget.steps && !progress.stopped; ++step) {
    tape.clear();
    tape.zero_grad();
    const Var loss = objective(tape, step);
    tape.backward(loss);
    progress.last_loss = static_cast<double>(loss.item());
    if (step == budget.from) progress.first_loss = progress.last_loss;
    if (!std::isfinite(progress.last_loss))
      throw Error("descend: the loss is not finite (" + std::to_string(progress.last_loss) + ") at step " +
                  std::to_string(step) + "; a smaller learning rate may help");
    const double norm = optimizer.step(tape, step);
    progress.steps = step + 1;
    progress.stopped = !on_step(Step{step, progress.last_loss, norm, optimizer.learning_rate(step), tape, optimizer});
  }
  return progress;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
