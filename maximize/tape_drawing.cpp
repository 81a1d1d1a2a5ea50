#include "maximize/tape_drawing.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace gradus::inline GRADUS_REAL {
namespace {

constexpr int width = 560, margin = 16, inset = 10, text_line = 14, gap = 12;  // pixels

// "h.0.mlp.c_fc" -> h.0, mlp, c_fc: a number belongs to the word before it.
std::vector<std::string> modules(const std::string& scope) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin < scope.size();) {
    const std::size_t end = std::min(scope.find('.', begin), scope.size());
    const std::string part = scope.substr(begin, end - begin);
    if (!all.empty() && !part.empty() && std::isdigit(static_cast<unsigned char>(part[0])))
      all.back() += "." + part;
    else
      all.push_back(part);
    begin = end + 1;
  }
  return all;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string s;
  for (const std::string& part : parts) s += (s.empty() ? "" : ".") + part;
  return s;
}

std::string escaped(const std::string& s) {
  std::string out;
  for (const char c : s)
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  return out;
}

struct Box {
  std::vector<std::string> inside;  // the modules around it
  std::vector<const TapeRow*> ops;  // one, or all of a module
  int x = 0, y = 0, height = 0;
};

class Picture {
 public:
  Picture(const std::vector<TapeRow>& rows, int most) : rows_(rows) {
    std::size_t depth = 0;
    for (const TapeRow& r : rows) depth = std::max(depth, modules(r.scope).size());
    make_boxes(depth + 1);
    while (static_cast<int>(boxes_.size()) > most && depth > 0) make_boxes(depth--);
    if (const int extra = static_cast<int>(boxes_.size()) - most; extra > 0) {  // one box for the middle
      const auto first = boxes_.begin() + most / 2, last = first + extra + 1;
      Box middle;
      for (auto b = first; b != last; ++b) middle.ops.insert(middle.ops.end(), b->ops.begin(), b->ops.end());
      *first = std::move(middle);
      boxes_.erase(first + 1, last);
    }
    place(0, boxes_.size(), 0, 0);
    for (std::size_t b = 0; b < boxes_.size(); ++b) draw_box(boxes_[b]);
    draw_edges();
  }

  std::string svg() const {
    const std::string w = std::to_string(width), h = std::to_string(y_ + margin);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"The tape: " +
           std::to_string(rows_.size()) + " nodes in the order of recording\" width=\"" + w + "\" height=\"" + h +
           "\" viewBox=\"0 0 " + w + " " + h + "\" font-family=\"sans-serif\" font-size=\"11\">\n" +
           "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n" + frames_ + drawn_ + "</svg>\n";
  }

 private:
  // A module of exactly `depth` levels becomes one box with all that is inside it.
  void make_boxes(std::size_t depth) {
    boxes_.clear();
    for (const TapeRow& r : rows_) {
      if (r.leaf) continue;
      std::vector<std::string> inside = modules(r.scope);
      const bool merge = inside.size() >= depth;
      if (merge) inside.resize(depth);
      if (merge && !boxes_.empty() && boxes_.back().inside == inside)
        boxes_.back().ops.push_back(&r);
      else
        boxes_.push_back({std::move(inside), {&r}});
    }
  }

  std::vector<std::string> lines(const Box& b) const {
    const TapeRow& last = *b.ops.back();
    std::vector<std::string> all;
    const std::string scope = joined(b.inside), count = std::to_string(b.ops.size()) + " operations";
    if (b.ops.size() == 1)
      all.push_back("#" + std::to_string(last.number) + " " + last.op +
                    (last.name.empty() ? scope.empty() ? "" : " in " + scope : ": " + last.name));
    else
      all.push_back(scope.empty() ? count : scope + ": " + count);
    all.push_back(last.shape.str() + "  " + last.value.str());
    all.push_back(last.has_gradient ? "gradient " + last.gradient.str() : last.frozen ? "frozen" : "no gradient");
    std::set<int> leaves;
    for (const TapeRow* op : b.ops)
      for (const int i : op->inputs)
        if (rows_[as_size(i)].leaf && !rows_[as_size(i)].name.empty()) leaves.insert(i);
    if (leaves.size() > 3) {
      const auto moving = std::count_if(leaves.begin(), leaves.end(), [&](int i) { return rows_[as_size(i)].moves; });
      all.push_back(std::to_string(leaves.size()) + " leaves, " + std::to_string(moving) + " of them move");
    } else {
      for (const int i : leaves) {
        const TapeRow& leaf = rows_[as_size(i)];
        const std::string gradient = leaf.gradient.str();
        all.push_back("uses " + leaf.name + " " + leaf.shape.str() + (leaf.moves ? ", moves" : ", frozen") +
                      (leaf.has_gradient ? ", gradient " + gradient.substr(0, gradient.find(" mean")) : ""));
      }
    }
    return all;
  }

  // Boxes begin ... end - 1 below each other; where several of them share a module at this depth, a frame around them.
  void place(std::size_t begin, std::size_t end, std::size_t depth, int level) {
    while (begin < end) {
      const std::vector<std::string>& inside = boxes_[begin].inside;
      std::size_t next = begin + 1;
      if (inside.size() > depth)
        while (next < end && boxes_[next].inside.size() > depth && boxes_[next].inside[depth] == inside[depth]) ++next;
      if (next - begin > 1) {
        const int top = y_;
        y_ += text_line + 4;
        place(begin, next, depth + 1, level + 1);
        frame(inside[depth], top, level);
        y_ += gap;
      } else {
        Box& b = boxes_[begin];
        b.x = margin + level * inset;
        b.y = y_;
        b.height = static_cast<int>(lines(b).size()) * text_line + 6;
        y_ += b.height + gap;
      }
      begin = next;
    }
  }

  void frame(const std::string& module, int top, int level) {
    const int x = margin + level * inset - 6;
    frames_ = rectangle(x, top, y_ - top - 4, "#f6f6f2", "#bbb") + frames_;
    drawn_ += label(x + 6, top + text_line - 1, module, "#666");
  }

  static int right(int x) { return width - 60 - x; }  // boxes and frames lie symmetrically; the curves have the rest
  static std::string rectangle(int x, int y, int height, const char* fill, const char* stroke) {
    return "<rect x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" width=\"" +
           std::to_string(right(x) - x) + "\" height=\"" + std::to_string(height) + "\" rx=\"4\" fill=\"" + fill +
           "\" stroke=\"" + stroke + "\"/>\n";
  }
  static std::string label(int x, int y, const std::string& words, const char* colour) {
    return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" fill=\"" + colour + "\">" +
           escaped(words) + "</text>\n";
  }

  void draw_box(const Box& b) {
    std::string all;
    for (const TapeRow* op : b.ops)
      all += (all.empty() ? "" : "\n") + ("#" + std::to_string(op->number) + " " + op->op + ": " + op->formula + " (" +
                                          op->file + ":" + std::to_string(op->line) + ")");
    drawn_ += "<g class=\"node\"><title>" + escaped(all) + "</title>" + rectangle(b.x, b.y, b.height, "#fff", "#444");
    int y = b.y + text_line;
    for (const std::string& line : lines(b)) {
      const bool gradient = line.starts_with("gradient") || line.find(", moves") != std::string::npos;
      drawn_ += label(b.x + 8, y, line, gradient ? "#b3261e" : y == b.y + text_line ? "#000" : "#555");
      y += text_line;
    }
    drawn_ += "</g>\n";
  }

  // Values run down; what skips a box runs along a curve at the right.
  void draw_edges() {
    std::vector<int> box_of(rows_.size(), -1);
    for (std::size_t b = 0; b < boxes_.size(); ++b)
      for (const TapeRow* op : boxes_[b].ops) box_of[as_size(op->number)] = static_cast<int>(b);
    std::set<std::pair<int, int>> edges;
    for (const TapeRow& r : rows_)
      for (const int i : r.inputs)
        if (box_of[as_size(i)] >= 0 && box_of[as_size(i)] != box_of[as_size(r.number)])
          edges.insert({box_of[as_size(i)], box_of[as_size(r.number)]});
    for (const auto& [from, to] : edges) {
      const Box &a = boxes_[as_size(from)], &b = boxes_[as_size(to)];
      const int x = (width - 60) / 2, out = std::min(width - 4, width - 50 + 4 * (to - from));
      const auto at = [](int px, int py) { return std::to_string(px) + "," + std::to_string(py); };
      const std::string path = to == from + 1
                                   ? "M" + at(x, a.y + a.height) + "L" + at(x, b.y)
                                   : "M" + at(right(a.x), a.y + a.height / 2) + "C" + at(out, a.y + a.height / 2) +
                                         " " + at(out, b.y + 8) + " " + at(right(b.x), b.y + 8);
      drawn_ += "<path d=\"" + path + "\" fill=\"none\" stroke=\"#888\"/>\n";
    }
  }

  const std::vector<TapeRow>& rows_;
  std::vector<Box> boxes_;
  std::string frames_, drawn_;
  int y_ = margin;
};

}  // namespace

std::string drawing(const std::vector<TapeRow>& rows, int most) {
  return Picture(rows, std::max(most, 3)).svg();
}

}  // namespace gradus::inline GRADUS_REAL
