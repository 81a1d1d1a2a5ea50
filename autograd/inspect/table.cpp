#include "autograd/inspect/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

std::string number(double x) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.4g", x);
  return digits;
}

std::string microseconds(double seconds) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.1f", 1e6 * seconds);
  return seconds > 0 ? digits : "";
}

// A gradient of several passes is most often one that zero_grad() was forgotten for.
std::string motion(const TapeRow& r) {
  if (!r.moves) return r.frozen ? "frozen" : "";
  return r.passes > 1 ? "moves, sum of " + std::to_string(r.passes) + " passes" : "moves";
}

}  // namespace

ValueSummary::ValueSummary(const Tensor& t) : count(t.size()) {
  double sum = 0;
  Index finite = 0;
  for (const Real value : t.values()) {
    if (!std::isfinite(value)) continue;
    const double x = static_cast<double>(value);
    low = finite == 0 ? x : std::min(low, x);
    high = finite == 0 ? x : std::max(high, x);
    sum += x;
    ++finite;
  }
  not_finite = count - finite;
  mean = finite == 0 ? 0 : sum / static_cast<double>(finite);
}

std::string ValueSummary::str() const {
  if (count == 0) return "no values";
  if (not_finite > 0) return std::to_string(not_finite) + " of " + std::to_string(count) + " not finite";
  if (count > 1 && low == high) return "all " + number(low);
  return count == 1 ? number(mean) : number(low) + " .. " + number(high) + " mean " + number(mean);
}

Index bytes(const Node& n) {
  return (n.value.size() + n.grad.size()) * static_cast<Index>(sizeof(Real));
}

std::vector<TapeRow> Tape::table() const {
  std::vector<TapeRow> rows(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& n = *nodes_[i];
    TapeRow& row = rows[i];
    row.number = n.index;
    row.op = n.op();
    row.formula = n.formula();
    row.derivative = n.derivative();
    row.scope = scope_path(n.scope);
    row.name = name_of(n);
    row.shape = n.value.shape();
    row.value = ValueSummary(n.value);
    row.has_gradient = n.has_grad;
    if (n.has_grad) row.gradient = ValueSummary(n.grad);
    row.leaf = n.inputs.empty();
    row.moves = n.moving >= 0;
    if (row.moves) row.passes = leaves_[n.moving].passes;
    row.frozen = !n.requires_grad;
    for (const Node* input : n.inputs) row.inputs.push_back(input->index);
    row.file = file_of(n.at);
    row.line = static_cast<int>(n.at.line());
    row.bytes = bytes(n);
    row.forward_seconds = seconds(n).forward;
    row.backward_seconds = seconds(n).backward;
  }
  return rows;
}

std::string text(const std::vector<TapeRow>& rows) {
  std::vector<std::vector<std::string>> lines = {
      {"#", "op", "name", "shape", "value", "gradient", "", "line", "bytes", "forward us", "backward us"}};
  for (const TapeRow& r : rows)
    lines.push_back({std::to_string(r.number), r.op, r.name.empty() && !r.scope.empty() ? "in " + r.scope : r.name,
                     r.shape.str(), r.value.str(), r.has_gradient ? r.gradient.str() : "", motion(r),
                     r.file + ":" + std::to_string(r.line), std::to_string(r.bytes), microseconds(r.forward_seconds),
                     microseconds(r.backward_seconds)});
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string all;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string space(widths[i] - line[i].size(), ' ');
      all += (i == 0 ? "" : "  ") + (i == 0 || i > 7 ? space + line[i] : line[i] + space);  // numbers to the right
    }
    all.erase(all.find_last_not_of(' ') + 1);
    all += '\n';
  }
  return all;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
