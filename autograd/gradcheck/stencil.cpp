// The derivative of L along a line, by five points at a step h:
//
//   L' = (8 (L(h) - L(-h)) - (L(2h) - L(-2h))) / 12h        its error: h^4 L''''' / 30
//
// Each step gives an estimate of its own error. What the formula leaves out shows in the third and the fourth difference
// of the same five values, which fall with h; what rounding does was measured, and grows as 1/h. The step follows the
// larger of the two until the estimate is small enough or the other one takes over. (Adaptive stencils with an estimate:
// FiniteDifferences.jl. Measured noise: More and Wild, "Estimating computational noise", 2011.)
#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

constexpr double ratio = 8;         // between one step and the next
constexpr double longest = 64;      // times the usual step
constexpr double shortest = 1e-14;  // times the usual step
constexpr double kink_step = 1e-7;  // times the unit: one-sided slopes that still differ here belong to a kink
constexpr double epsilon = 2.3e-16;

// What five points say. Slopes from 0 to one or two steps, on either side.
struct Five {
  double h = 0;
  double right = 0, left = 0, right2 = 0, left2 = 0;
  bool finite = false;

  double third() const { return (right2 + left2 - right - left) / 6; }          // h^2 L''' / 6
  double fourth() const { return (right2 - left2 - 2 * (right - left)) / 12; }  // h^3 L'''' / 24
  double value() const { return (right + left) / 2 - third(); }
  // The next term of the Taylor series is taken to be as large as the fourth, or as the third one's fall leads to expect.
  double truncation() const {
    const double t = std::abs(third()), v = std::abs(value());
    return 4 * (std::abs(fourth()) + (t > 0 ? t * (t / (v + t)) : 0));
  }
  double rounding(double noise) const { return 2 * noise / h; }
  double gap() const { return right - left; }
  // One-sided slopes without their first error term.
  double right_slope() const { return 2 * right - right2; }
  double left_slope() const { return 2 * left - left2; }
};

}  // namespace

Line::~Line() = default;

double weighted_difference(const Tensor& cotangent, const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (Index j = 0; j < a.size(); ++j)
    sum += cotangent[j] * change(a[j], b[j]);  // subtracted first: fewer digits are lost
  return sum;
}

namespace {

class Search {
 public:
  Search(Line& line, const Tensor& cotangent, const Tensor& middle, double noise)
      : line_(line), cotangent_(cotangent), middle_(middle), noise_(noise) {}

  Derivative run(const Steps& steps, double scale, double enough) {
    double h = steps.first;
    int direction = 0;
    const double x = std::abs(line_.start());
    const auto fits = [&](double step) {
      return step <= longest * steps.unit && step > 16 * epsilon * x &&
             (step >= shortest * steps.unit || best_.not_finite > 0);
    };
    while (h == steps.first || fits(h)) {
      const Five f = five(h);
      int next = -1;
      if (f.finite) {
        consider(f.value(), f.truncation(), f.rounding(noise_), h);
        seen_.push_back(f);
        if (is_noise(f)) {
          // more than was measured: this step tells how much, and longer ones are better
          noise_ = std::max(noise_, f.truncation() * f.h / 1.4);
          best_.estimate = best_truncation_ + 2 * noise_ / best_.h;
          before_ = before2_ = Five{};
          direction = 1;
          h = steps.first * ratio;
          continue;
        }
        if (best_.estimate <= enough * std::max(scale, std::abs(best_.value))) break;
        if (is_kink(f, scale)) return best_;
        next = f.truncation() > 3 * f.rounding(noise_) ? -1 : 1;  // a part of the former is noise as well
        before2_ = before_;
        before_ = f;
      } else {
        best_.not_finite = std::max(best_.not_finite, h);
      }
      if (direction * next < 0) break;  // the least estimate lies between
      direction = next;
      h = next > 0 ? h * ratio : !f.finite && x > 0 && h > x ? x / ratio : h / ratio;
    }
    if (!(best_.estimate < HUGE_VAL)) one_sided(steps.first, enough * scale);
    // What shorter steps left out was noise: a lucky sample of five points must not hide it.
    for (const Five& f : seen_)
      if (f.h < best_.h) best_.estimate = std::max(best_.estimate, 2 / 1.4 * f.truncation() * f.h / best_.h);
    return best_;
  }

 private:
  void consider(double value, double truncation, double rounding, double h) {
    if (!(truncation + rounding < best_.estimate)) return;
    best_.value = value, best_.estimate = truncation + rounding, best_.h = h;
    best_truncation_ = truncation;
  }

  // What a formula leaves out falls with the step. What grows, twice in turn, is noise (that of one L is 1.4 times
  // smaller than what it leaves in truncation(), times h).
  bool is_noise(const Five& f) const {
    const auto grows = [](const Five& now, const Five& old) {
      return old.finite && now.h < old.h && now.truncation() > 3 * old.truncation();
    };
    return grows(f, before_) && grows(before_, before2_);
  }

  // L(t) - L(0), and the t that was really reached: x + t is rounded.
  struct Step {
    double t, change;
    bool finite;
  };
  Step at(double t) {
    const Tensor* y = line_.at(t);
    if (!y || y->shape() != middle_.shape()) return {t, 0, false};
    const double change = weighted_difference(cotangent_, *y, middle_);
    return {line_.reached(t), change, std::isfinite(change)};
  }
  Five five(double h) {
    Five f{h};
    const Step low = at(-2 * h);
    if (!low.finite) return best_.low_not_finite = true, f;
    const Step high = at(2 * h);
    if (!high.finite) return best_.high_not_finite = true, f;
    const Step right = at(h), left = at(-h);
    f.right = right.change / right.t, f.left = left.change / left.t;
    f.right2 = high.change / high.t, f.left2 = low.change / low.t;
    f.finite = right.finite && left.finite;
    return f;
  }

  // At a kink the one-sided slopes stay apart as h goes to 0, where those of a smooth function meet in proportion to h.
  // (The gap of noise grows as 1/h.)
  bool is_kink(const Five& f, double scale) {
    const auto stays = [](const Five& now, const Five& old) {
      return old.finite && now.h < old.h && now.gap() / old.gap() > 0.5 && now.gap() / old.gap() < 2;
    };
    const double size = std::max({scale, std::abs(f.right), std::abs(f.left)});
    if (f.h > kink_step * std::max(1.0, std::abs(line_.start())) || !(std::abs(f.gap()) > 1e-6 * size) ||
        !stays(f, before_) || !stays(before_, before2_))
      return false;
    best_.kink = true;
    best_.low = std::min(f.left_slope(), f.right_slope()), best_.high = std::max(f.left_slope(), f.right_slope());
    best_.estimate = std::abs(f.right_slope() - before_.right_slope()) +
                     std::abs(f.left_slope() - before_.left_slope()) + f.rounding(noise_);
    best_.h = f.h;
    return true;
  }

  // Where one side is not finite at any step x is at the edge of the function's domain. Its derivative is that of the
  // other side: L' = (-25 L(0) + 48 L(h) - 36 L(2h) + 16 L(3h) - 3 L(4h)) / 12h. The estimate is what the formula without
  // 4h and the step before differ by; where that grows as h falls there is no slope (sqrt at 0).
  void one_sided(double first, double enough) {
    if (best_.low_not_finite && best_.high_not_finite) return;
    const double side = best_.low_not_finite ? 1 : -1;
    double before = 0, error_before = HUGE_VAL;
    for (double h = first; h >= 1e-4 * first; h /= ratio) {
      const Step one = at(side * h), two = at(side * 2 * h), three = at(side * 3 * h), four = at(side * 4 * h);
      if (!(one.finite && two.finite && three.finite && four.finite)) continue;
      const double to = side * h;
      const double slope = (48 * one.change - 36 * two.change + 16 * three.change - 3 * four.change) / (12 * to);
      const double coarse = (18 * one.change - 9 * two.change + 2 * three.change) / (6 * to);
      const double rounding = 8 * noise_ / h, error = std::abs(slope - coarse);
      if (error > 2 * error_before + rounding) return void(best_.estimate = HUGE_VAL);
      if (error_before < HUGE_VAL) {
        consider(slope, std::max(error, std::abs(slope - before)), rounding, h);
        best_.one_sided = true;
        if (best_.estimate <= enough || rounding > error) return;
      }
      before = slope;
      error_before = error;
    }
  }

  Line& line_;
  const Tensor &cotangent_, &middle_;
  double noise_;
  Derivative best_;
  double best_truncation_ = 0;
  Five before_, before2_;
  std::vector<Five> seen_;
};

}  // namespace

Derivative derivative(Line& line, const Tensor& cotangent, const Tensor& middle, double noise, const Steps& steps,
                      double scale, double enough) {
  return Search(line, cotangent, middle, noise).run(steps, scale, enough);
}

// What half an ulp of every element adds up to.
double least_noise(const Tensor& cotangent, const Tensor& y) {
  double length = 0;
  for (Index j = 0; j < y.size(); ++j)
    if (std::isfinite(y[j])) length = std::hypot(length, cotangent[j] * y[j]);
  return 0.5 * epsilon * length;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
