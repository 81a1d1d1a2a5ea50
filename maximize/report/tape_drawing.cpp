#include "maximize/report/tape_drawing.h"

#include <algorithm>
#include <set>
#include <utility>

#include "maximize/report/svg.h"
#include "maximize/report/tape_groups.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// Pixels. A file is wide enough for numbers; a page's drawing fits on a telephone, with rails on both sides.
struct Measures {
  int width, left, right, text_line, gap;
};
constexpr Measures file_measures{560, 16, 500, 14, 12}, page_measures{362, 46, 324, 15, 16};
constexpr int inset = 10, leaf_height = 132, leaf_head = 25, margin = 16;
constexpr int training_rail = 14, weights_rail = 33, maximization_rail = 346;  // x of the page's lines beside the boxes

std::string address(const std::string& unit) {
  return unit.substr(0, unit.rfind(':'));
}

struct Box : Group {
  std::vector<Line> lines = {};
  int x = 0, y = 0, width = 0, height = 0;
  int right() const { return x + width; }
  int middle() const { return y + height / 2; }
};

class Picture {
 public:
  Picture(const std::vector<TapeRow>& rows, const BothDirections* both, int most)
      : rows_(rows), both_(both), m_(both ? page_measures : file_measures) {
    for (Group& group : groups(rows, both ? both->input + 1 : 0, both ? address(both->unit) : "", most)) {
      boxes_.push_back({});
      static_cast<Group&>(boxes_.back()) = std::move(group);
    }
    for (const Box& b : boxes_)
      if (both && b.ops.front()->name == address(both->unit)) unit_row_ = b.ops.front()->number;
    if (both) place_leaves();
    place(0, boxes_.size(), 0);
    draw_edges();
    if (both) draw_both();
    for (const Box& b : boxes_) draw_box(b, both && b.ops.back() == &rows_.back() ? "node box loss" : "node box");
  }

  std::string svg() const {
    Svg all;
    const int height = y_ - m_.gap + (both_ ? 6 : margin);
    if (both_) {
      const int middle = (m_.left + m_.right) / 2;
      all.text(m_.left, 14, "training", "side");
      all.text(m_.right, 14, "maximization", "side", true);
      all.line("M" + std::to_string(middle) + ",4V" + std::to_string(height), "divide");
    }
    for (auto f = frames_.rbegin(); f != frames_.rend(); ++f) all.add(*f);  // the outer ones first
    all.add(edges_);
    all.add(drawn_);
    return all.str(m_.width, height, "The tape: " + std::to_string(rows_.size()) + " nodes in the order of recording",
                   !both_);
  }

 private:
  bool after_unit(const Box& b) const { return unit_row_ >= 0 && b.ops.front()->number > unit_row_; }

  void place_box(Box& b, int level, bool right_half = false) {
    b.x = m_.left + level * inset;
    b.width = m_.right - level * inset - b.x;
    if (both_ && (right_half || after_unit(b))) {
      const int middle = (m_.left + m_.right) / 2;
      b.width = middle - 8 - b.x;
      if (right_half) b.x = middle + 8;
    }
    b.y = y_;
    b.height = static_cast<int>(b.lines.size()) * m_.text_line + (both_ ? 14 : 6);
  }

  void place_leaves() {
    y_ = 26;
    for (Box* leaf : {&weights_, &input_}) {
      leaf->x = m_.left, leaf->y = y_, leaf->width = m_.right - m_.left, leaf->height = leaf_height;
      y_ += leaf_height + m_.gap;
    }
  }

  // Boxes begin ... end - 1 below each other; where several of them share a module at this depth, a frame around them.
  void place(std::size_t begin, std::size_t end, std::size_t depth) {
    const int level = static_cast<int>(depth);
    while (begin < end) {
      const std::vector<std::string>& inside = boxes_[begin].inside;
      std::size_t next = begin + 1;
      if (inside.size() > depth)
        while (next < end && boxes_[next].inside.size() > depth && boxes_[next].inside[depth] == inside[depth]) ++next;
      if (next - begin > 1) {
        const int top = y_;
        y_ += 18;
        place(begin, next, depth + 1);
        const int x = m_.left + level * inset - 6;
        frames_.emplace_back();
        frames_.back().rectangle(x, top, m_.right - level * inset + 6 - x, y_ - m_.gap + 6 - top, "around");
        frames_.back().text(x + 6, top + 13, inside[depth], "module");
        y_ += 6;
      } else {
        Box& b = boxes_[begin];
        b.lines = !both_          ? lines_with_numbers(rows_, b)
                  : after_unit(b) ? lines_with_shapes(rows_, b, depth, 0, *both_)
                                  : lines_with_shapes(rows_, b, depth, m_.right - m_.left - 2 * inset * level, *both_);
        place_box(b, level);
        y_ += b.height + m_.gap;
        if (both_ && b.ops.front()->number == unit_row_) {  // beside what follows
          unit_.lines = {{both_->unit, "label"}};
          for (const std::string& line : wrapped(both_->unit_detail, narrow)) unit_.lines.push_back({line, "detail"});
          unit_.lines.push_back({"one number", "shape"});
          place_box(unit_, 0, true);
        } else if (both_ && unit_.height > 0) {
          y_ = std::max(y_, unit_.y + unit_.height + m_.gap);
        }
      }
      begin = next;
    }
  }

  void draw_box(const Box& b, const char* classes) {
    std::string title;
    for (const TapeRow* op : b.ops)
      title += (title.empty() ? "" : "\n") + ("#" + std::to_string(op->number) + " " + op->op + ": " + op->formula +
                                              " (" + op->file + ":" + std::to_string(op->line) + ")");
    drawn_.open(classes, "", title);
    drawn_.rectangle(b.x, b.y, b.width, b.height, "back");
    int y = b.y + (both_ ? 4 : 0);
    for (const Line& line : b.lines) {
      y += m_.text_line;
      const std::string kind = line.kind;
      const bool leaf = kind.starts_with("leaf-");
      if (leaf) drawn_.icon(b.x + 8, y - 11, kind == "leaf-moves");
      if (!line.note.empty())
        drawn_.text_and_note(b.x + 8, y, line.words, line.kind, line.note);
      else if (!line.words.empty())
        drawn_.text(b.x + (leaf ? 26 : 8), y, line.words, line.kind);
      if (!line.right.empty()) drawn_.text(b.right() - 8, y, line.right, "shape", true);
    }
    drawn_.close();
  }

  // A value runs down to the next box; what skips a box runs beside the boxes.
  void draw_edge(const Box& a, const Box& b, int skipped) {
    if (skipped == 0) {
      const int x = (std::max(a.x, b.x) + std::min(a.right(), b.right())) / 2;
      edges_.arrow({{x, a.y + a.height}, {x, b.y}}, "forward");
      return;
    }
    const auto at = [](int x, int y) { return " " + std::to_string(x) + "," + std::to_string(y); };
    const bool left = both_ && after_unit(b);  // at the right stands the unit
    const int from = left ? a.x : a.right(), to = left ? b.x : b.right(), y = a.y + a.height - 12, end = b.y + 10;
    const int out = left ? std::min(from, to) - 14 : std::max(from, to) + std::min(12 + 4 * skipped, 36);
    edges_.line("M" + at(from, y) + "C" + at(out, y) + at(out, end) + at(to + (left ? -6 : 6), end), "arrow forward");
    edges_.arrow({{to + (left ? -6 : 6), end}, {to, end}}, "forward");
  }

  void draw_edges() {
    constexpr int none = -2;  // -1: the input's box, which stands before the first
    std::vector<int> box_of(rows_.size(), none);
    for (std::size_t b = 0; b < boxes_.size(); ++b)
      for (const TapeRow* op : boxes_[b].ops) box_of[op->number] = static_cast<int>(b);
    if (both_) box_of[both_->input] = -1;
    std::set<std::pair<int, int>> edges;
    std::set<int> with_weights;
    for (const TapeRow& r : rows_) {
      const int to = box_of[r.number];
      for (const int i : r.inputs) {
        if (to < 0) continue;
        if (rows_[i].leaf && rows_[i].moves) with_weights.insert(to);
        if (const int from = box_of[i]; from != none && from != to) edges.insert({from, to});
      }
    }
    for (const auto& [from, to] : edges) draw_edge(from < 0 ? input_ : boxes_[from], boxes_[to], to - from - 1);
    if (!both_) return;
    for (const int b : with_weights) {
      const Box& to = boxes_[b];
      const int start = weights_.y + leaf_height - 12, end = to.middle();
      edges_.arrow({{weights_.x, start}, {weights_rail, start}, {weights_rail, end}, {to.x, end}}, "forward");
    }
  }

  // --- a page's drawing: the leaves, the unit, and the way that each gradient takes
  void draw_both() {
    draw_leaf(weights_, "weights", "weights", both_->weights, true);
    draw_leaf(input_, "input", both_->input_label, shape_words(rows_[both_->input].shape, rows_, *both_), false);
    const Box& loss = boxes_.back();
    edges_.arrow({{loss.x, loss.middle()},
                  {training_rail, loss.middle()},
                  {training_rail, weights_.middle()},
                  {weights_.x, weights_.middle()}},
                 "gradient");
    edges_.upright_text(training_rail, (loss.middle() + weights_.middle()) / 2, "gradient of the loss", "rail-label",
                        false);
    if (unit_row_ < 0) return;
    const Box& at =
        *std::find_if(boxes_.begin(), boxes_.end(), [&](const Box& b) { return b.ops.front()->number == unit_row_; });
    draw_edge(at, unit_, 0);
    draw_box(unit_, "box unit");
    edges_.arrow({{unit_.right(), unit_.middle()},
                  {maximization_rail, unit_.middle()},
                  {maximization_rail, input_.middle()},
                  {input_.right(), input_.middle()}},
                 "gradient");
    edges_.upright_text(maximization_rail, (unit_.middle() + input_.middle()) / 2,
                        unit_.middle() - input_.middle() > 210 ? "gradient of the activation" : "gradient",
                        "rail-label", true);
  }

  // "N = 64"
  std::string axes(bool training) const {
    std::string all;
    for (std::size_t i = 0; i < both_->axes.size(); ++i) {
      const auto& [letter, in_maximization] = both_->axes[i];
      const Index length = training ? rows_[both_->input].shape[static_cast<int>(i)] : in_maximization;
      all += (i > 0 ? ", " : "") + letter + " = " + std::to_string(length);
    }
    return all;
  }

  void draw_leaf(const Box& b, const std::string& leaf, const std::string& label, const std::string& shape,
                 bool moves_in_training) {
    drawn_.open("box leaf");
    drawn_.rectangle(b.x, b.y, b.width, leaf_head, "back", 0);
    drawn_.text(b.x + 9, b.y + 17, label, "label");
    drawn_.text(b.right() - 9, b.y + 17, shape, "shape", true);
    for (const bool training : {true, false}) {
      const bool moves = training == moves_in_training;
      const int x = training ? b.x : b.x + b.width / 2, y = b.y + leaf_head;
      drawn_.open(moves ? "half moves" : "half locked", std::string(" data-leaf=\"") + leaf + "\" data-side=\"" +
                                                            (training ? "training" : "maximization") + "\"");
      drawn_.rectangle(x, y, b.width / 2, leaf_height - leaf_head, "back", 0);
      drawn_.icon(x + 8, y + 8, moves);
      drawn_.text(x + 27, y + 19, moves ? "moves" : "locked", "state");
      if (&b == &input_) drawn_.text(x + 9, y + 37, axes(training), "axes");
      for (const int line : {37, 52}) drawn_.text(x + 9, y + line + (&b == &input_ ? 16 : 0), "", "name");
      drawn_.text(x + 9, b.y + leaf_height - 26, "", "told");
      drawn_.text(x + 9, b.y + leaf_height - 10, "", "hash");
      drawn_.close();
    }
    drawn_.rectangle(b.x, b.y, b.width, b.height, "outline");
    drawn_.close();
  }

  const std::vector<TapeRow>& rows_;
  const BothDirections* both_;
  const Measures m_;
  int unit_row_ = -1;
  std::vector<Box> boxes_;
  Box weights_, input_, unit_;
  std::vector<Svg> frames_;  // the inner ones first
  Svg edges_, drawn_;
  int y_ = margin;
};

}  // namespace

std::string drawing(const std::vector<TapeRow>& rows, int most) {
  return Picture(rows, nullptr, std::max(most, 3)).svg();
}

std::string drawing(const std::vector<TapeRow>& rows, const BothDirections& both, int most) {
  return Picture(rows, &both, most).svg();
}

}  // namespace GRADUS_REAL
}  // namespace gradus
