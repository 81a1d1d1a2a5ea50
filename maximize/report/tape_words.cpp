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

namespace {

// "#5 relu: conv1.relu", "#5 relu in conv1", "#5 relu"; of more than one op "conv1: 3 operations".
std::string heading(const Group& group) {
  const TapeRow& last = *group.ops.back();
  const std::string scope = joined(group.inside, group.inside.size());
  if (group.ops.size() > 1) {
    const std::string count = std::to_string(group.ops.size()) + " operations";
    return scope.empty() ? count : scope + ": " + count;
  }
  const std::string op = "#" + std::to_string(last.number) + " " + last.op;
  if (!last.name.empty()) return op + ": " + last.name;
  return scope.empty() ? op : op + " in " + scope;
}

Line gradient_line(const TapeRow& row) {
  if (row.has_gradient) return {"gradient " + row.gradient.str(), "gradient-value"};
  return {row.frozen ? "frozen" : "no gradient", "value"};
}

// The gradient's range, without its mean: a box is not wide.
Line leaf_line(const TapeRow& leaf) {
  std::string words = "uses " + leaf.name + " " + leaf.shape.str() + (leaf.moves ? ", moves" : ", frozen");
  const std::string gradient = leaf.gradient.str();
  if (leaf.has_gradient) words += ", gradient " + gradient.substr(0, gradient.find(" mean"));
  return {words, leaf.moves ? "leaf-moves" : "leaf-locked"};
}

// Whether they fit beside each other into a box of so many pixels; the widths are those of DejaVu, a wide font.
bool fit(const std::string& label, const std::string& detail, const std::string& shape, int width) {
  const auto n = [](const std::string& words) { return static_cast<double>(words.size()); };
  return 9 * n(label) + 7.2 * n(detail) + 7.3 * n(shape) + 34 <= width;
}

}  // namespace

std::vector<Line> lines_with_numbers(const std::vector<TapeRow>& rows, const Group& b) {
  const TapeRow& last = *b.ops.back();
  std::vector<Line> all;
  all.push_back({heading(b), "label"});
  all.push_back({last.shape.str() + "  " + last.value.str(), "value"});
  all.push_back(gradient_line(last));
  std::set<int> leaves;
  for (const TapeRow* op : b.ops)
    for (const int i : op->inputs)
      if (rows[i].leaf && !rows[i].name.empty()) leaves.insert(i);
  if (leaves.size() > 3) {
    const auto moving = std::count_if(leaves.begin(), leaves.end(), [&](int i) { return rows[i].moves; });
    const std::string words = std::to_string(leaves.size()) + " leaves, " + std::to_string(moving) + " of them move";
    all.push_back({words, moving > 0 ? "leaf-moves" : "leaf-locked"});
    return all;
  }
  for (const int i : leaves) all.push_back(leaf_line(rows[i]));
  return all;
}

std::string shape_words(const Shape& shape, const std::vector<TapeRow>& rows, const BothDirections& both) {
  const Shape& input = rows[both.input].shape;
  // A value that is broadcast over the batch lacks the first axis.
  const int skipped = shape.rank() > 0 && shape.rank() + 1 == input.rank() && shape[0] != input[0] ? 1 : 0;
  std::string all;
  bool leading = true;  // an axis is the input's while those before it are
  for (int i = 0; i < shape.rank(); ++i) {
    const int axis = i + skipped;
    leading = leading && axis < std::ssize(both.axes) && shape[i] == input[axis];
    all += (i > 0 ? ", " : "") + (leading ? both.axes[axis].letter : std::to_string(shape[i]));
  }
  return "(" + all + ")";
}

std::vector<Line> lines_with_shapes(const std::vector<TapeRow>& rows, const Group& b, std::size_t level, int width,
                                    const BothDirections& both) {
  const TapeRow& last = *b.ops.back();
  const bool loss = &last == &rows.back();
  const std::string around = level > 0 ? joined(b.inside, level) + "." : "";
  const std::string what = b.ops.size() == 1 ? last.op : std::to_string(b.ops.size()) + " operations";
  std::string label = b.ops.size() > 1 || last.name.empty() ? joined(b.inside, b.inside.size()) : last.name;
  if (label.starts_with(around)) label.erase(0, around.size());
  if (loss || label.empty() || label + "." == around) label = last.op;
  const TapeRow& from = rows[last.inputs.front()];  // of a bare op on a parameter: which
  const std::string detail = loss ? both.loss_detail : label != what ? what : from.leaf ? "of " + from.name : "";
  const std::string shape = loss ? "one number" : shape_words(last.shape, rows, both);
  if (width > 0 && fit(label, detail, shape, width)) return {{label, "label", detail, shape}};
  if (width > 0) return {{label, "label"}, {detail, "detail", "", shape}};
  std::vector<Line> all = {{label, "label"}};
  if (!detail.empty())
    for (const std::string& line : wrapped(detail, narrow)) all.push_back({line, "detail"});
  all.push_back({shape, "shape"});
  return all;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
