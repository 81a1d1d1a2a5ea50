#include "maximize/app/profile.h"

#include <algorithm>
#include <cstring>

namespace gradus::app {
namespace {

// Floating-point operations of a node's products, two (* and +) for each term; 0 for an op without products. Every
// product of forward has one of the same size in backward for each factor that needs a gradient.
double flops(const Node& n) {
  const auto is = [&](const char* op) { return std::strcmp(n.op(), op) == 0; };
  const auto needs = [&](int i) { return n.has_grad && n.needs(i) ? 1.0 : 0.0; };
  const double values = static_cast<double>(n.value.size());
  double depth = 0;  // K: the terms in a value of C (M, N) = A (M, K) B (K, N), or of that product in every image
  if (is("matmul") || is("linear") || is("conv1d_1x1")) depth = static_cast<double>(n.in(0).shape()[-1]);
  if (is("conv2d")) depth = static_cast<double>(n.in(1).shape().inner(0));  // C kH kW, a window
  if (depth > 0) return 2 * values * depth * (1 + needs(0) + needs(1));
  if (!is("causal_attention")) return 0;
  // Q K^T and P V, 2 B T^2 C each: all T^2 pairs are counted, as is the custom, although half of them are masked.
  // Backward has dL/dP = G V^T, for Q and K only, and one product for each of dL/dQ, dL/dK and dL/dV.
  const int k = n.inputs.size() == 1 ? 0 : 1, v = 2 * k;
  const double one = 2 * values * static_cast<double>(n.in(k).shape()[1]);
  return one * (2 + std::max(needs(0), needs(k)) + needs(0) + needs(k) + needs(v));
}

}  // namespace

Profile::Cost& Profile::Cost::operator+=(const Cost& other) {
  forward += other.forward, backward += other.backward;
  flops += other.flops, nodes += other.nodes, bytes += other.bytes;
  return *this;
}

Profile::Cost Profile::cost(const Tape& tape, const Node& n) {
  const auto [forward, backward] = tape.seconds(n);
  return {forward, backward, flops(n), 1, static_cast<double>(bytes(n))};
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
