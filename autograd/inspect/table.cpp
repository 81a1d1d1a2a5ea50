#include "autograd/inspect/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

std::string number(double x, int digits = 4) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, x);
  return text;
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

// How much of a row is shown, the most first.
struct Detail {
  bool costs, line;
  enum { mean, range, magnitude } values;
  std::size_t name;  // characters
};
constexpr std::size_t whole = 1000;
constexpr std::array details = {
    Detail{true, true, Detail::mean, whole},        Detail{false, true, Detail::mean, whole},
    Detail{false, false, Detail::mean, whole},      Detail{false, false, Detail::range, whole},
    Detail{false, false, Detail::magnitude, whole}, Detail{false, false, Detail::magnitude, 22},
    Detail{false, false, Detail::magnitude, 18},    Detail{false, false, Detail::magnitude, 12}};

// The end of a name tells it from its neighbours.
std::string last_part(const std::string& name, std::size_t most) {
  return name.size() <= most ? name : ".." + name.substr(name.size() - most + 2);
}

std::string summary(const ValueSummary& s, const Detail& d) {
  if (d.values == Detail::mean || s.not_finite > 0 || s.count == 0) return s.str();
  if (d.values == Detail::magnitude) return number(std::max(std::abs(s.low), std::abs(s.high)), 2);
  return s.count == 1 || s.low == s.high ? s.str() : number(s.low, 2) + " .. " + number(s.high, 2);
}

std::vector<std::vector<std::string>> cells(const std::vector<TapeRow>& rows, const Detail& d) {
  std::vector<std::vector<std::string>> lines = {{"#", "op", "name", "shape", "value", "gradient", ""}};
  if (d.values == Detail::magnitude) lines.front()[4] = "|value|", lines.front()[5] = "|grad|";
  if (d.line) lines.front().push_back("line");
  if (d.costs) lines.front().insert(lines.front().end(), {"bytes", "forward us", "backward us"});
  for (const TapeRow& r : rows) {
    const std::string name = r.name.empty() && !r.scope.empty() ? "in " + r.scope : r.name;
    lines.push_back({std::to_string(r.number), r.op, last_part(name, d.name), r.shape.str(), summary(r.value, d),
                     r.has_gradient ? summary(r.gradient, d) : "", motion(r)});
    if (d.line) lines.back().push_back(r.file + ":" + std::to_string(r.line));
    if (d.costs)
      lines.back().insert(lines.back().end(),
                          {std::to_string(r.bytes), microseconds(r.forward_seconds), microseconds(r.backward_seconds)});
  }
  return lines;
}

// In columns; to_right(i): whether column i is set to the right, as numbers are.
template <class Side>
std::string aligned(const std::vector<std::vector<std::string>>& lines, const Side& to_right) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string all;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string space(widths[i] - line[i].size(), ' ');
      all += (i == 0 ? "" : "  ") + (to_right(i) ? space + line[i] : line[i] + space);
    }
    all.erase(all.find_last_not_of(' ') + 1);
    all += '\n';
  }
  return all;
}

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    longest = std::max(longest, end - begin);
  return longest;
}

std::string cut_off(const std::string& text, std::size_t most) {
  std::string all;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    all += text.substr(begin, std::min(most, end - begin)) + '\n';
  return all;
}

bool is_number(std::size_t column) {
  return column == 0 || column > 7;
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

std::string text(const std::vector<TapeRow>& rows, int width) {
  const auto most = static_cast<std::size_t>(width);
  for (const Detail& d : details) {
    const std::string all = aligned(cells(rows, d), is_number);
    if (width == 0 || longest_line(all) <= most) return all;
  }
  return cut_off(aligned(cells(rows, details.back()), is_number), most);
}

std::string formulas(const std::vector<TapeRow>& rows) {
  std::vector<std::vector<std::string>> lines = {{"op", "formula", "derivative"}};
  for (const TapeRow& r : rows) {
    const std::vector<std::string> line = {r.op, r.formula, r.derivative};
    if (!r.leaf && std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  }
  return aligned(lines, [](std::size_t) { return false; });
}

}  // namespace GRADUS_REAL
}  // namespace gradus
