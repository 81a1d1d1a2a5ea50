// Both directions of one model, and the report of them.
#include <algorithm>
#include <cctype>

#include "autograd/error.h"
#include "maximize/app/demo.h"
#include "nn/modules.h"

namespace gradus::app {
namespace {

constexpr int snapshots = 24;

// Whether `step` gets a snapshot: about `snapshots` of `steps`, evenly spread.
bool snapshot_due(int step, int steps) {
  return static_cast<long long>(step) * snapshots / steps != static_cast<long long>(step - 1) * snapshots / steps;
}

std::string capitals(std::string name) {
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// Value i is that after i steps: the first before any of them, the last after all, on the next batch.
void train(DemoModel& model, const std::string& name, const DemoSettings& o, const Interrupt& interrupt, RunReport& r) {
  r.locked.before = model.hash_of_data();
  r.moving.before = hash(model.fresh());
  const auto shoot = [&](int step, double score) {
    r.scenes.push_back(model.scene(score));
    r.scenes.back().step = step;
    r.scenes.back().hash = hash(model.fresh());
  };
  shoot(0, model.quick_score());
  const Stopwatch watch;
  ProgressLine line("demo: training the " + name);
  model.train([&](const Step& s) {
    r.add(s.step, s.loss);
    r.gradient_buffers = s.tape.counts().leaf_gradients;
    if (snapshot_due(s.step + 1, o.steps) && s.step + 1 < o.steps) shoot(s.step + 1, model.quick_score());
    line.show(s.step + 1, o.steps, format("loss %.4f", s.loss));
    r.stopped = interrupt.pending();
    return !r.stopped;
  });
  if (r.stopped) return;
  r.seconds = watch.seconds();
  r.add(o.steps, model.loss(o.steps));
  const double score = model.score();
  r.scores.push_back({model.name_of_score(), score});
  shoot(o.steps, score);
  r.result = model.result(r.seconds, score);
  r.locked.after = model.hash_of_data();
  r.moving.after = hash(model.fresh());
}

void maximize(DemoModel& model, const std::string& name, const DemoSettings& o, const Interrupt& interrupt,
              RunReport& r) {
  const std::size_t frozen = r.claims.size();
  r.claims.push_back({.claim = "The " + name + "'s weights were frozen",
                      .threshold = "equal hashes, no gradient buffer but the input's"});
  r.locked.before = hash(model.trained());
  const Stopwatch watch;
  ProgressLine line("demo: maximizing " + r.unit);
  const Record s = model.maximize([&](const Moment& m) {
    line.show(m.step, o.steps, format("objective %.4f", m.value));
    r.stopped = interrupt.pending();
    return !r.stopped;
  });
  if (r.stopped) return;
  r.seconds = watch.seconds();
  r.gradient_buffers = s.leaf_gradients;
  r.locked.after = hash(model.trained());
  r.moving.before = hash(s.start());
  r.moving.after = hash(s.end());
  for (int i = 0; i <= s.steps(); ++i) r.add(i, s.activation()[i]);
  r.scenes = model.scenes(s);

  const double most = level(r, data_maximum);
  Claim& beats_data = r.claims.front();
  beats_data.measured = format("%.3f against %.3f", r.last(), most);
  beats_data.null = format("%.3f, the mean over noise", level(r, noise_mean));
  beats_data.outcome = above(r.last(), most);
  const bool equal = !r.locked.changed();
  r.claims[frozen].measured = format("%s, %zu buffer", equal ? "equal" : "different", r.gradient_buffers);
  r.claims[frozen].outcome = holds(equal && r.gradient_buffers == 1);
  model.conclude(r);
}

}  // namespace

double level(const RunReport& report, const std::string& label) {
  for (const Level& l : report.levels)
    if (l.label == label) return l.value;
  throw Error("demo: the report has no level '" + label + "'");
}

TwoRuns run_both_directions(DemoModel& model, const DemoSettings& o, const Interrupt& interrupt) {
  TwoRuns runs = model.plan();
  const std::string name = capitals(runs.model);
  train(model, name, o, interrupt, runs.training);
  if (runs.training.stopped) return runs;
  maximize(model, name, o, interrupt, runs.maximization);
  if (runs.maximization.stopped) return runs;
  Tape t(model.trained(), o.threads);
  const BothDirections both = model.record_training(t);
  runs.drawing = drawing(t.table(), both);
  return runs;
}

}  // namespace gradus::app
