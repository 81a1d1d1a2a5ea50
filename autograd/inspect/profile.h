// Where the time of a training or maximization step goes: by op and by module. The tape measures each node
// (Tape::measure_time); this adds up its nodes over the steps.
//
//   Profile profile;
//   descend(moving, optimizer, 60, objective, [&](const Step& s) { profile.add(s.tape); return true; });
//   profile.text();
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

// What the nodes of an op, or of a module, cost in a step, the mean over the measured steps.
struct ProfileRow {
  std::string name;
  double nodes = 0;
  double forward = 0, backward = 0;  // seconds
  double flops = 0;                  // of products (Node::flops)
  double bytes = 0;                  // of values and gradients
  double seconds() const { return forward + backward; }
  double gflops() const { return seconds() > 0 ? flops / seconds() / 1e9 : 0; }  // a second
};

class GRADUS_API Profile {
 public:
  // The first steps are not measured: they allocate, and run on cold caches.
  static constexpr int warm_up = 3;

  void add(Tape& tape);  // to be called after every step, before the tape is cleared; asks the tape to measure the next

  int steps() const { return steps_; }            // measured
  int skipped() const { return seen_ - steps_; }  // at most warm_up
  double step_seconds() const { return per_step(seconds_); }
  // Of a step, in which no op ran: batches, the optimizer, recording, checkpoints.
  double outside_seconds() const;

  std::vector<ProfileRow> ops() const { return rows(ops_); }          // the slowest first
  std::vector<ProfileRow> modules() const { return rows(modules_); }  // nodes in none under "(no module)"

  std::string text() const;  // two tables, the slowest first, with what is outside the ops

 private:
  using Costs = std::map<std::string, ProfileRow>;  // of all measured steps together
  using Clock = std::chrono::steady_clock;
  double per_step(double all) const { return steps_ > 0 ? all / steps_ : 0; }
  std::vector<ProfileRow> rows(const Costs& costs) const;
  std::string table(const char* what, std::vector<ProfileRow> rows) const;

  int seen_ = 0, steps_ = 0;
  double seconds_ = 0;                      // of the measured steps, whole
  Clock::time_point since_ = Clock::now();  // the step before ended; this class's own work is left out
  Costs ops_, modules_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
