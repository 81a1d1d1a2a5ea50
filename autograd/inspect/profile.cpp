#include "autograd/inspect/profile.h"

#include <algorithm>
#include <cstdio>

#include "autograd/inspect/table.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// snprintf into a string, for lines of a table.
template <class... Values>
std::string line(const char* pattern, Values... values) {
  std::string text(static_cast<std::size_t>(std::snprintf(nullptr, 0, pattern, values...)), '\0');
  std::snprintf(text.data(), text.size() + 1, pattern, values...);
  return text;
}

void slowest_first(std::vector<ProfileRow>& rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ProfileRow& a, const ProfileRow& b) { return a.seconds() > b.seconds(); });
}

void add_node(ProfileRow& row, const Tape& tape, const Node& n) {
  const auto [forward, backward] = tape.seconds(n);
  const Node::Flops flops = n.flops();
  row.nodes += 1;
  row.forward += forward, row.backward += backward;
  row.flops += flops.forward + (n.has_grad ? flops.backward : 0);
  row.bytes += static_cast<double>(bytes(n));
}

}  // namespace

void Profile::add(Tape& tape) {
  const double seconds = std::chrono::duration<double>(Clock::now() - since_).count();
  if (++seen_ > warm_up) {
    seconds_ += seconds;
    ++steps_;
    for (const Node* n : tape.nodes()) {
      if (n->inputs.empty()) continue;
      const std::string& module = tape.scope_path(n->scope);
      add_node(ops_[n->op()], tape, *n);
      add_node(modules_[module.empty() ? "(no module)" : module], tape, *n);
    }
  }
  tape.measure_time(seen_ >= warm_up);
  since_ = Clock::now();
}

double Profile::outside_seconds() const {
  double inside = 0;
  for (const auto& [name, row] : ops_) inside += row.seconds();
  return per_step(seconds_ - inside);
}

std::vector<ProfileRow> Profile::rows(const Costs& costs) const {
  std::vector<ProfileRow> rows;
  for (const auto& [name, all] : costs)
    rows.push_back({name, per_step(all.nodes), per_step(all.forward), per_step(all.backward), per_step(all.flops),
                    per_step(all.bytes)});
  slowest_first(rows);
  return rows;
}

std::string Profile::table(const char* what, std::vector<ProfileRow> rows) const {
  ProfileRow outside;
  outside.name = "(outside the ops)";
  outside.forward = outside_seconds();
  rows.push_back(outside);
  slowest_first(rows);
  std::size_t longest = 0;
  for (const ProfileRow& row : rows) longest = std::max(longest, row.name.size());
  const int width = static_cast<int>(longest);
  std::string all = line("\n%-*s  nodes        ms   forward  backward    share  GFLOP/s         bytes\n", width, what);
  for (const ProfileRow& row : rows) {
    const double share = step_seconds() > 0 ? 100 * row.seconds() / step_seconds() : 0;
    all += line("%-*s", width, row.name.c_str());
    if (row.nodes == 0)
      all += line("  %5s %9.3f %9s %9s  %5.1f %%\n", "", 1000 * row.seconds(), "", "", share);
    else
      all +=
          line("  %5.0f %9.3f %9.3f %9.3f  %5.1f %%  %7s %13.0f\n", row.nodes, 1000 * row.seconds(), 1000 * row.forward,
               1000 * row.backward, share, row.flops > 0 ? line("%.1f", row.gflops()).c_str() : "", row.bytes);
  }
  return all;
}

std::string Profile::text() const {
  if (steps_ == 0) return line("profile: no step was measured, for the first %d are left out\n", warm_up);
  return line("profile of %d steps, the first %d left out: %.3f ms a step\n", steps_, skipped(),
              1000 * step_seconds()) +
         table("op", ops()) + table("module", modules());
}

}  // namespace GRADUS_REAL
}  // namespace gradus
