// descend: the only loop that calls an optimizer. Training a network and maximizing an activation are both this
// function; they differ in which parameters move.
#pragma once

#include <type_traits>
#include <utility>

#include "nn/optimizer.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct Budget {
  int until;        // the number of the step to stop before: so many steps in all, from 0
  int from = 0;     // the first step's number: above 0 for a run that is resumed
  int threads = 0;  // 0 for all of the machine's cores

  Budget(int to, int first = 0, int thread_count = 0) : until(to), from(first), threads(thread_count) {}
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

// What on_step may be: called with a const Step&, it returns false to stop, or nothing at all.
template <class Watcher>
bool goes_on(Watcher& watcher, const Step& step) {
  if constexpr (std::is_invocable_r_v<bool, Watcher&, const Step&>) {
    return watcher(step);
  } else if constexpr (std::is_invocable_v<Watcher&, const Step&>) {
    static_assert(std::is_void_v<std::invoke_result_t<Watcher&, const Step&>>,
                  "on_step returns true to go on and false to stop, or nothing");
    watcher(step);
  } else {
    static_assert(sizeof(Watcher) == 0, "on_step is called with one argument, a const Step&");
  }
  return true;
}

// A reference to any such callable, for functions that are compiled once and hand it on to descend. It must not outlive
// the callable.
class OnStep {
 public:
  template <class Watcher>
  OnStep(const Watcher& watcher)
      : watcher_(&watcher),
        call_([](const void* w, const Step& s) { return goes_on(*static_cast<const Watcher*>(w), s); }) {}
  bool operator()(const Step& step) const { return call_(watcher_, step); }

 private:
  const void* watcher_;
  bool (*call_)(const void*, const Step&);
};

struct Progress {
  int steps = 0;  // the number of the step that would come next
  // Before the first step, and before the last one that was made, as Step::loss.
  double first_loss = 0, loss = 0;
  bool stopped = false;  // by on_step
};

// What of descend is compiled once: the tape, and a step from the recorded loss on.
class GRADUS_API Descent {
 public:
  Descent(const Parameters& moving, Optimizer optimizer, Budget budget);
  bool done() const { return progress_.steps >= budget_.until || progress_.stopped; }
  Tape& begin();                 // an empty tape for the next step
  Step finish(const Var& loss);  // backward and the optimizer's step
  void stop() { progress_.stopped = true; }
  const Progress& progress() const { return progress_; }

 private:
  Tape tape_;
  Optimizer optimizer_;
  Budget budget_;
  Progress progress_;
};

// Lowers objective(tape, step) by changing only `moving`; every other leaf on the tape is frozen. `objective` records a
// loss of one value on the tape and returns it; on_step, called after each step, returns false to stop. Throws Error,
// before anything is changed by it, when the loss or its gradient is not finite: it names the first node where.
template <class Objective, class Watcher>
Progress descend(const Parameters& moving, Optimizer optimizer, Budget budget, Objective objective, Watcher on_step) {
  static_assert(std::is_invocable_r_v<Var, Objective&, Tape&, int>,
                "objective is called with (Tape&, int) and returns the loss, a Var");
  Descent descent(moving, std::move(optimizer), budget);
  while (!descent.done()) {
    Tape& tape = descent.begin();
    const Var loss = objective(tape, descent.progress().steps);
    if (!goes_on(on_step, descent.finish(loss))) descent.stop();
  }
  return descent.progress();
}

// The same, to its end.
template <class Objective>
Progress descend(const Parameters& moving, Optimizer optimizer, Budget budget, Objective objective) {
  return descend(moving, std::move(optimizer), budget, std::move(objective), [](const Step&) {});
}

}  // namespace GRADUS_REAL
}  // namespace gradus
