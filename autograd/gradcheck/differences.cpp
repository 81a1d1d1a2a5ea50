#include <algorithm>
#include <cmath>

#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {

Tensor Differences::values() {
  frozen_.clear();
  return f_.record(frozen_).value();
}

// The outputs are subtracted before they are summed: fewer digits are lost.
Differences::Slopes Differences::slopes(Moved& x, Index i, const Tensor* direction, double h, const Tensor* middle) {
  const auto at = [&](double to) {
    direction ? x.along(*direction, to) : x.element(i, to);
    return values();
  };
  const Tensor high = at(h), low = at(-h);
  x.restore();
  // What was really moved: x + h is rounded.
  const double up = direction ? h : (x.before()[i] + h) - x.before()[i];
  const double down = direction ? h : x.before()[i] - (x.before()[i] - h);
  double right = 0, left = 0, both = 0;
  for (Index j = 0; j < high.size(); ++j) {
    if (middle) right += cotangent_[j] * (high[j] - (*middle)[j]);
    if (middle) left += cotangent_[j] * ((*middle)[j] - low[j]);
    both += cotangent_[j] * (high[j] - low[j]);
  }
  return {right / up, left / down, both / (up + down)};
}

double Differences::slope(Parameter& p, Index i) {
  Moved x(p);
  return slopes(x, i, nullptr, options_.step * std::max(1.0, std::abs(x.before()[i])), nullptr).central;
}

double Differences::slope(Parameter& p, const Tensor& direction) {
  Moved x(p);
  return slopes(x, 0, &direction, options_.step, nullptr).central;
}

// Around a right gradient the error |a - n(h)| falls as h^2 until rounding, which grows as 1/h, takes over: a V. So the
// numeric value is taken where two neighbouring steps agree best, whatever the gradient is: the choice must not favour
// it. Their difference is the uncertainty. At a kink the one-sided slopes stay apart as h goes to 0, where those of a
// smooth function meet in proportion to h.
void Differences::sweep(Parameter& p, GradcheckRow& row, double s) {
  const Tensor middle = values();
  Moved x(p);
  const double unit = options_.step * std::max(1.0, std::abs(x.before()[row.index]));
  std::vector<Slopes> at;
  for (double h = 100 * unit; h > 0.5e-4 * unit; h /= 10) at.push_back(slopes(x, row.index, nullptr, h, &middle));
  double uncertainty = HUGE_VAL;
  for (std::size_t k = 1; k < at.size(); ++k) {
    const double d = std::abs(at[k].central - at[k - 1].central);
    if (!(d < uncertainty)) continue;
    uncertainty = d;
    row.numeric = at[k].central;
  }
  const auto gap = [&](std::size_t k) { return at[k].right - at[k].left; };
  const double size = std::max({s, std::abs(at[4].right), std::abs(at[4].left)});
  const auto stays = [&](std::size_t k) { return gap(k) / gap(k - 1) > 0.5 && gap(k) / gap(k - 1) < 2; };
  if (std::abs(gap(4)) > 1e-6 * size && stays(4) && stays(3)) {  // from h = 1e-5 to 1e-7; that of noise grows as 1/h
    const double low = std::min(at[4].right, at[4].left), high = std::max(at[4].right, at[4].left);
    row.numeric = std::clamp(row.analytic, low, high);
    row.verdict = std::abs(row.analytic - row.numeric) <= 1e-6 * size ? Verdict::kink : Verdict::wrong;
  } else {
    const double off = std::abs(row.analytic - row.numeric);
    row.verdict = off <= options_.tolerance * s || off <= options_.absolute_tolerance ? Verdict::right
                  : off <= 10 * uncertainty                                           ? Verdict::noisy
                                                                                      : Verdict::wrong;
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
