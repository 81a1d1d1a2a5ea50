// Where the time of a training or maximization step goes: by op and by module. The tape measures each node
// (Tape::measure_time); this adds up its nodes over the steps.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "autograd/inspect/table.h"
#include "maximize/app/command.h"
#include "nn/descend.h"

namespace gradus::app {

class Profile {
 public:
  // The first steps are not measured: they allocate, and run on cold caches.
  static constexpr int warm_up = 3;
  static constexpr const char* help = "Show the time, GFLOP/s and bytes of every op and module, the slowest first";

  explicit Profile(bool on) : on_(on) {}  // off, it does nothing and shows nothing
  void add(const Step& s);                // to be called from on_step
  void add_to(Json& json_of_run) const;   // as "profile"
  std::string text() const;               // two tables, the slowest first

 private:
  struct Cost {
    double forward = 0, backward = 0;  // seconds
    double flops = 0;                  // of products: see profile.cpp
    double nodes = 0, bytes = 0;       // bytes: of values and gradients
    double seconds() const { return forward + backward; }
    double gflops() const { return seconds() > 0 ? flops / seconds() / 1e9 : 0; }
    Cost& operator+=(const Cost& other);
  };
  using Costs = std::map<std::string, Cost>;  // of all measured steps together
  using Rows = std::vector<std::pair<std::string, Cost>>;
  static Cost cost(const Tape& tape, const Node& n);
  static Rows sorted(const Costs& costs);
  double outside() const;  // seconds of the steps in which no op ran: batches, optimizer, recording, checkpoints
  double share(double seconds) const { return seconds_ > 0 ? seconds / seconds_ : 0; }
  double per_step(double all) const { return steps_ > 0 ? all / steps_ : 0; }
  Json json(const char* what, const Costs& costs) const;
  std::string table(const char* what, Costs costs) const;

  bool on_;
  int seen_ = 0, steps_ = 0;  // steps_: measured
  double seconds_ = 0;        // of the measured steps, whole
  Stopwatch step_;            // since the step before ended; this class's own work is left out
  Costs ops_, modules_;
};

}  // namespace gradus::app
