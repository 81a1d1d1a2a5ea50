#include "maximize/app/profile.h"

#include <algorithm>

namespace gradus::app {
Profile::Cost& Profile::Cost::operator+=(const Cost& other) {
  forward += other.forward, backward += other.backward;
  flops += other.flops, nodes += other.nodes, bytes += other.bytes;
  return *this;
}

Profile::Cost Profile::cost(const Tape& tape, const Node& n) {
  const auto [forward, backward] = tape.seconds(n);
  const Node::Flops flops = n.flops();
  return {forward, backward, flops.forward + (n.has_grad ? flops.backward : 0), 1, static_cast<double>(bytes(n))};
}

void Profile::add(const Step& s) {
  if (!on_) return;
  const double seconds = step_.seconds();
  if (++seen_ > warm_up) {
    seconds_ += seconds;
    ++steps_;
    for (const Node* n : s.tape.nodes()) {
      if (n->inputs.empty()) continue;
      const Cost c = cost(s.tape, *n);
      ops_[n->op()] += c;
      const std::string& module = s.tape.scope_path(n->scope);
      modules_[module.empty() ? "(no module)" : module] += c;
    }
  }
  s.tape.measure_time(seen_ >= warm_up);
  step_ = Stopwatch();
}

double Profile::outside() const {
  double inside = 0;
  for (const auto& [name, c] : ops_) inside += c.seconds();
  return seconds_ - inside;
}

Profile::Rows Profile::sorted(const Costs& costs) {
  Rows rows(costs.begin(), costs.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second.seconds() > b.second.seconds(); });
  return rows;
}

Json Profile::json(const char* what, const Costs& costs) const {
  Json all = Json::array();
  for (const auto& [name, c] : sorted(costs))
    all.push_back({{what, name},
                   {"nodes", per_step(c.nodes)},
                   {"forward_ms", 1000 * per_step(c.forward)},
                   {"backward_ms", 1000 * per_step(c.backward)},
                   {"share", share(c.seconds())},
                   {"gflops", c.flops > 0 ? Json(c.gflops()) : Json()},
                   {"bytes", per_step(c.bytes)}});
  return all;
}

void Profile::add_to(Json& json_of_run) const {
  if (!on_) return;
  json_of_run["profile"] = {{"steps", steps_},
                            {"warm_up_steps", std::min(seen_, warm_up)},
                            {"step_ms", 1000 * per_step(seconds_)},
                            {"ops", json("op", ops_)},
                            {"modules", json("module", modules_)},
                            {"outside", {{"ms", 1000 * per_step(outside())}, {"share", share(outside())}}}};
}

std::string Profile::table(const char* what, Costs costs) const {
  costs["(outside the ops)"].forward = outside();
  std::size_t longest = 0;
  for (const auto& [name, c] : costs) longest = std::max(longest, name.size());
  const int width = static_cast<int>(longest);
  std::string all =
      format("\n%-*s  nodes        ms   forward  backward    share  GFLOP/s         bytes\n", width, what);
  for (const auto& [name, c] : sorted(costs)) {
    const auto ms = [&](double seconds) { return 1000 * per_step(seconds); };
    all += format("%-*s", width, name.c_str());
    if (c.nodes == 0)
      all += format("  %5s %9.3f %9s %9s  %5.1f %%\n", "", ms(c.seconds()), "", "", 100 * share(c.seconds()));
    else
      all += format("  %5.0f %9.3f %9.3f %9.3f  %5.1f %%  %7s %13.0f\n", per_step(c.nodes), ms(c.seconds()),
                    ms(c.forward), ms(c.backward), 100 * share(c.seconds()),
                    c.flops > 0 ? format("%.1f", c.gflops()).c_str() : "", per_step(c.bytes));
  }
  return all;
}

std::string Profile::text() const {
  if (!on_) return "";
  if (steps_ == 0) return format("\nprofile: no step was measured, for the first %d are left out\n", warm_up);
  return format("\nprofile of %d steps, the first %d left out: %.3f ms a step\n", steps_, warm_up,
                1000 * per_step(seconds_)) +
         table("op", ops_) + table("module", modules_);
}

}  // namespace gradus::app
