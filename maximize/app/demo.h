// The demo: a model and its data, run in both directions, and the report of it.
#pragma once

#include <memory>

#include "maximize/app/command.h"
#include "maximize/report/run_report.h"
#include "maximize/report/tape_drawing.h"
#include "maximize/searches/gradient_search.h"
#include "nn/descend.h"

namespace gradus::app {

struct DemoSettings {
  std::uint64_t seed = 0;
  int threads = 0;
  int steps = 300;  // of training, and of maximization
  std::string cnn_unit = "conv2.relu:5", gpt_unit = "h.1.mlp.act:37";
};

// What differs between the demo's models: a fresh network to train, the trained one that comes with gradus, their data,
// and the words for what is seen. It has no loop of its own.
class DemoModel {
 public:
  virtual ~DemoModel() = default;

  // Both reports with all that is known before the runs: names, levels, settings, probes, exemplars, and the claims
  // with their thresholds, of which maximization's first is that the unit exceeds its data maximum.
  virtual TwoRuns plan() = 0;

  // Training, of the fresh network.
  virtual Parameters fresh() = 0;
  virtual std::uint64_t hash_of_data() const = 0;
  virtual void train(OnStep show) = 0;
  virtual double loss(int step) const = 0;  // on the batch of that step, without changing anything
  virtual double quick_score() const = 0;   // on some new data
  virtual double score() const = 0;         // on all new data
  virtual const char* name_of_score() const = 0;
  virtual Scene scene(double score) const = 0;
  virtual std::string result(double seconds, double score) const = 0;

  // Maximization, with the trained network.
  virtual Parameters trained() = 0;
  virtual Record maximize(OnMoment show) = 0;
  virtual std::vector<Scene> scenes(const Record& record) const = 0;
  virtual void conclude(RunReport& report) const = 0;  // its result, and what came of the other claims

  // Records training's function of one batch and says where in it is what.
  virtual BothDirections record_training(Tape& tape) = 0;
};

std::unique_ptr<DemoModel> cnn_demo(const DemoSettings& settings);
std::unique_ptr<DemoModel> gpt_demo(const DemoSettings& settings);

// A level of a maximization's report, by its label: the three that every unit is compared with.
inline constexpr const char *data_maximum = "data maximum", *data_mean = "data mean", *noise_mean = "noise mean";
double level(const RunReport& report, const std::string& label);

// Trains and maximizes. A report that says `stopped` (Ctrl-C) is not complete.
TwoRuns run_both_directions(DemoModel& model, const DemoSettings& settings, const Interrupt& interrupt);

}  // namespace gradus::app
