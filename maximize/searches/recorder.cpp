#include "maximize/searches/recorder.h"

#include <algorithm>

namespace gradus {
inline namespace GRADUS_REAL {

Recorder::Recorder(Record& record, const Objective& objective, Index N, int steps, int snapshots)
    : record_(record), steps_(steps), snapshots_(snapshots) {
  record.objective = objective.str();
  record.starts = static_cast<int>(N);
  record.total.name = "objective";
  for (const auto& term : objective.terms()) record.terms.push_back({term.name, term.weight, {}});
}

void Recorder::add_values(const Tape& t, const Tensor& input) {
  const auto append = [&](Curve& curve, const std::string& address) {
    for (const Real v : t.find(address).value().values()) curve.values.push_back(static_cast<double>(v));
  };
  append(record_.total, "objective");
  for (Curve& term : record_.terms) append(term, "objective." + term.name);

  Best& best = record_.best;
  if (step_ == 0) {
    best.input = input;
    best.values = record_.total.values;
    best.steps.resize(best.values.size());
  }
  const std::span<const double> latest = std::span(record_.total.values).last(best.values.size());
  const Index size = input.size() / record_.starts;
  for (std::size_t i = 0; i < latest.size(); ++i) {
    if (!(latest[i] > best.values[i])) continue;
    best.values[i] = latest[i];
    best.steps[i] = step_;
    const Index first = static_cast<Index>(i) * size;
    std::copy_n(input.data() + first, size, best.input.data() + first);
  }
}

void Recorder::add(const Tape& t, const Tensor& input) {
  add_values(t, input);
  if (static_cast<std::int64_t>(record_.snapshots.size()) * steps_ <= static_cast<std::int64_t>(step_) * snapshots_)
    record_.snapshots.push_back({step_, input});
  ++step_;
}

void Recorder::finish(const Tape& t, const Tensor& input) {
  add_values(t, input);
  record_.snapshots.push_back({step_, input});
}

}  // namespace GRADUS_REAL
}  // namespace gradus
