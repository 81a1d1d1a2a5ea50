// A training run as the program makes it: with checkpoints, from which it goes on exactly where it was, a log, Ctrl-C,
// and weights that are written only when they are good.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "autograd/error.h"
#include "maximize/app/command.h"
#include "maximize/app/profile.h"
#include "maximize/app/training_log.h"

namespace gradus::app {

struct RunOptions {
  std::string out, log;
  int steps = 0, threads = 0;
  int checkpoint_every = 250;
  bool resume = false, discard = false, profile = false;
  std::string checkpoint() const { return out + ".checkpoint"; }
};

// Throws InputError unless the run's files can be written, none of them is its data, and no checkpoint of another run
// would be lost.
void expect_files(const RunOptions& options, const std::string& data);

class TrainingRun {
 public:
  // settings: all that the weights at the end depend on. A checkpoint of other settings is not resumed.
  TrainingRun(const RunOptions& options, const std::string& what, Parameters parameters, Json settings);

  // train(optimizer, budget, on_step) is one of both_directions.h. Returns whether the run came to its end. Where the
  // loss or the weights are no longer finite, the last good weights go to the checkpoint and Error says so.
  template <class Train>
  bool operator()(Optimizer optimizer, const Train& train) {
    begin(optimizer);
    if (next_ < options_.steps)
      guarded([&] {
        train(std::move(optimizer), Budget(options_.steps, first_, options_.threads),
              [&](const Step& s) { return after(s); });
        expect_finite_weights();
      });
    line_.reset();
    return !stopped_;
  }

  // How good the weights are; what throws Error, or is not finite, fails the run as above.
  template <class Evaluate>
  auto evaluated(const Evaluate& evaluate) {
    decltype(evaluate()) result{};
    guarded([&] { result = evaluate(); }, "after step " + std::to_string(next_ - 1) + ": ");
    return result;
  }

  int interrupted() const;  // reports a run that was stopped by Ctrl-C
  void remove_checkpoint() const;
  Json summary(double seconds) const;
  const ProfileOption& profile() const { return profile_; }
  double milliseconds_per_step(double seconds) const { return next_ > first_ ? 1000 * seconds / (next_ - first_) : 0; }

 private:
  // Parameters and the optimizer's state as they were when `step` was the next one.
  struct Snapshot {
    int step = 0;
    std::deque<Parameter> parts;
    void take(int next_step, const Parameters& of);
  };
  static constexpr int snapshot_every = 16;  // steps: copying costs a hundredth of a step, or less

  void begin(Optimizer& optimizer);
  bool after(const Step& s);  // whether to go on
  void expect_finite_weights() const;
  [[noreturn]] void fail(const std::string& reason);
  template <class Work>
  void guarded(const Work& work, const std::string& when = "") {
    try {
      work();
    } catch (const InputError&) {
      throw;
    } catch (const Error& e) {
      fail(when + e.what());
    }
  }

  const RunOptions& options_;
  Parameters parameters_;
  Json settings_;
  std::string checkpoint_;
  int first_ = 0, next_ = 0;
  double loss_ = 0;
  bool stopped_ = false, saved_ = false;  // saved_: this run wrote the checkpoint
  Snapshot newest_, good_;                // good: the loss of its weights was finite
  ProfileOption profile_;
  TrainingLog log_;
  std::optional<Interrupt> interrupt_;
  std::optional<ProgressLine> line_;
};

}  // namespace gradus::app
