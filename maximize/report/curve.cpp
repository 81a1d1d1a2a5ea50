#include "maximize/report/curve.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "autograd/error.h"
#include "maximize/report/svg.h"

namespace gradus {
namespace {

constexpr int left = 58, top = 30, bottom = 42, label_height = 15, colours = 6;

std::string number(double x) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.3g", x);
  return digits;
}

// At most about `count` round numbers (1, 2 or 5 times a power of ten) from low to high; none is -0.
std::vector<double> ticks(double low, double high, int count) {
  const double rough = (high - low) / count, power = std::pow(10.0, std::floor(std::log10(rough)));
  double unit = 10 * power;
  for (const double u : {5.0, 2.0, 1.0})
    if (u * power >= rough) unit = u * power;
  std::vector<double> all;
  for (double k = std::ceil(low / unit - 1e-9) + 0.0; k * unit <= high + 1e-9 * unit; ++k) all.push_back(k * unit);
  return all;
}

struct Range {
  double low = INFINITY, high = -INFINITY;
  void include(double x) {
    if (std::isfinite(x)) low = std::min(low, x), high = std::max(high, x);
  }
  void widen(double share) {
    if (low == high) low -= 0.5, high += 0.5;
    const double more = share * (high - low);
    low -= more, high += more;
  }
};

class Drawing {
 public:
  explicit Drawing(const CurveChart& chart) : c_(chart) {
    std::size_t longest = 0;
    for (const CurveLine& line : c_.lines) {
      if (line.x.size() != line.y.size())
        throw Error("curves: expected an x for every y, got " + std::to_string(line.x.size()) + " and " +
                    std::to_string(line.y.size()) + " in '" + line.label + "'");
      for (std::size_t i = 0; i < line.x.size(); ++i)
        if (std::isfinite(line.y[i])) x_.include(line.x[i]), y_.include(line.y[i]);
      longest = std::max(longest, line.label.size());
    }
    if (!(x_.low <= x_.high)) throw Error("curves: expected a line with a finite value, got none");
    if (c_.width < 240 || c_.height < 120)
      throw Error("curves: expected at least 240 x 120 pixels, got " + std::to_string(c_.width) + " x " +
                  std::to_string(c_.height));
    for (const Level& level : c_.levels) {
      y_.include(level.value);
      longest = std::max(longest, words(level).size());
    }
    x_.widen(0), y_.widen(0.04);
    right_ = c_.width - std::min(16 + 7 * static_cast<int>(longest), c_.width / 2);
  }

  std::string svg() {
    axes();
    for (const Level& level : c_.levels)
      if (std::isfinite(level.value)) {
        svg_.line("M" + point(left, y(level.value)) + "H" + number(right_), "level");
        labels_.push_back({y(level.value), words(level), "level-label"});
      }
    for (std::size_t i = 0; i < c_.lines.size(); ++i) draw(c_.lines[i], std::to_string(i % colours));
    draw_labels();
    return svg_.str(c_.width, c_.height, c_.y + " over " + c_.x, true);
  }

 private:
  struct Label {
    double y;
    std::string words, classes;
  };
  static std::string words(const Level& level) { return level.label + " = " + number(level.value); }
  static std::string point(double x, double y) {
    char text[64];
    std::snprintf(text, sizeof text, "%.1f,%.1f", x, y);
    return text;
  }
  double x(double value) const { return left + (value - x_.low) / (x_.high - x_.low) * (right_ - left); }
  double y(double value) const { return top + (y_.high - value) / (y_.high - y_.low) * (c_.height - bottom - top); }

  void axes() {
    const int floor = c_.height - bottom;
    svg_.text(left - 48, 16, c_.y, "label");
    for (const double value : ticks(y_.low, y_.high, 6)) {
      svg_.line("M" + point(left, y(value)) + "H" + std::to_string(right_), "grid");
      svg_.text(left - 7, static_cast<int>(std::lround(y(value))) + 4, number(value), "tick", true);
    }
    for (const double value : ticks(x_.low, x_.high, std::max(2, (right_ - left) / 90))) {
      svg_.line("M" + point(x(value), floor) + "v4", "axis");
      const std::string words = number(value);
      svg_.text(static_cast<int>(std::lround(x(value) + 3.2 * static_cast<double>(words.size()))), floor + 18, words,
                "tick", true);
    }
    svg_.line("M" + point(left, floor) + "H" + std::to_string(right_), "axis");
    svg_.text(right_, floor + 34, c_.x, "tick", true);
  }

  void draw(const CurveLine& line, const std::string& colour) {
    std::string path;
    bool pen = false;  // down
    double end = 0;
    for (std::size_t i = 0; i < line.x.size(); ++i) {
      const bool finite = std::isfinite(line.y[i]);
      if (finite) path += (pen ? "L" : "M") + point(x(line.x[i]), y(line.y[i]));
      if (finite) end = y(line.y[i]);
      pen = finite;
    }
    if (path.empty()) return;
    svg_.line(path, ("series series-" + colour).c_str());
    if (!line.label.empty()) labels_.push_back({end, line.label, "series-label-" + colour});
  }

  // At the right, in the order of their heights, moved apart until none covers another.
  void draw_labels() {
    std::stable_sort(labels_.begin(), labels_.end(), [](const Label& a, const Label& b) { return a.y < b.y; });
    for (std::size_t i = 1; i < labels_.size(); ++i)
      labels_[i].y = std::max(labels_[i].y, labels_[i - 1].y + label_height);
    double limit = c_.height - bottom;
    for (std::size_t i = labels_.size(); i-- > 0; limit -= label_height) labels_[i].y = std::min(labels_[i].y, limit);
    for (const Label& label : labels_)
      svg_.text(right_ + 8, static_cast<int>(std::lround(label.y)) + 4, label.words, label.classes.c_str());
  }

  const CurveChart& c_;
  Range x_, y_;
  int right_ = 0;
  std::vector<Label> labels_;
  Svg svg_;
};

}  // namespace

std::string curves(const CurveChart& chart) {
  return Drawing(chart).svg();
}

std::string curves(const RunReport& report) {
  return curves({.y = report.quantity,
                 .lines = {{report.unit, {report.steps.begin(), report.steps.end()}, report.values}},
                 .levels = report.levels});
}

}  // namespace gradus
