// What stands in the boxes of a drawn tape.
#include <algorithm>
#include <set>

#include "maximize/report/tape_groups.h"

namespace gradus {
inline namespace GRADUS_REAL {

std::vector<std::string> wrapped(const std::string& words, std::size_t width) {
  std::vector<std::string> lines(1);
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    if (!lines.back().empty() && lines.back().size() + 1 + end - begin > width) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + words.substr(begin, end - begin);
    begin = end + 1;
  }
  return lines;
}

std::vector<Line> lines_with_numbers(const std::vector<TapeRow>& rows, const Group& b) {
  const TapeRow& last = *b.ops.back();
  std::vector<Line> all;
  const std::string scope = joined(b.inside, b.inside.size()), count = std::to_string(b.ops.size()) + " operations";
  if (b.ops.size() == 1)
    all.push_back({"#" + std::to_string(last.number) + " " + last.op +
                       (last.name.empty() ? scope.empty() ? "" : " in " + scope : ": " + last.name),
                   "label"});
  else
    all.push_back({scope.empty() ? count : scope + ": " + count, "label"});
  all.push_back({last.shape.str() + "  " + last.value.str(), "value"});
  all.push_back({last.has_gradient ? "gradient " + last.gradient.str()
                 : last.frozen     ? "frozen"
                                   : "no gradient",
                 last.has_gradient ? "gradient-value" : "value"});
  std::set<int> leaves;
  for (const TapeRow* op : b.ops)
    for (const int i : op->inputs)
      if (rows[i].leaf && !rows[i].name.empty()) leaves.insert(i);
  if (leaves.size() > 3) {
    const auto moving = std::count_if(leaves.begin(), leaves.end(), [&](int i) { return rows[i].moves; });
    all.push_back({std::to_string(leaves.size()) + " leaves, " + std::to_string(moving) + " of them move",
                   moving > 0 ? "leaf-moves" : "leaf-locked"});
    return all;
  }
  for (const int i : leaves) {
    const TapeRow& leaf = rows[i];
    const std::string gradient = leaf.gradient.str();
    all.push_back({"uses " + leaf.name + " " + leaf.shape.str() + (leaf.moves ? ", moves" : ", frozen") +
                       (leaf.has_gradient ? ", gradient " + gradient.substr(0, gradient.find(" mean")) : ""),
                   leaf.moves ? "leaf-moves" : "leaf-locked"});
  }
  return all;
}

std::vector<Line> lines_with_shapes(const std::vector<TapeRow>& rows, const Group& b, std::size_t level, int width,
                                    const std::string& loss_detail) {
  const TapeRow& last = *b.ops.back();
  const bool loss = &last == &rows.back();
  const std::string around = level > 0 ? joined(b.inside, level) + "." : "",
                    what = b.ops.size() == 1 ? last.op : std::to_string(b.ops.size()) + " operations";
  std::string label = b.ops.size() > 1 || last.name.empty() ? joined(b.inside, b.inside.size()) : last.name;
  if (label.starts_with(around)) label.erase(0, around.size());
  if (loss || label.empty() || label + "." == around) label = last.op;
  const TapeRow& from = rows[last.inputs.front()];  // of a bare op on a parameter: which
  const std::string detail = loss ? loss_detail : label != what ? what : from.leaf ? "of " + from.name : "";
  const std::string shape = loss ? "one number" : last.shape.str();
  if (width > 0) {  // on one line if it fits; the widths are those of DejaVu, a wide font
    const double pixels = 8.6 * static_cast<double>(label.size()) + 6.6 * static_cast<double>(detail.size()) +
                          6.3 * static_cast<double>(shape.size()) + 34;
    if (pixels <= width) return {{label, "label", detail, shape}};
    return {{label, "label"}, {detail, "detail", "", shape}};
  }
  std::vector<Line> all = {{label, "label"}};
  if (!detail.empty())
    for (const std::string& line : wrapped(detail, 21)) all.push_back({line, "detail"});
  all.push_back({shape, "shape"});
  return all;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
