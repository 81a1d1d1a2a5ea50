#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {

namespace {
constexpr double enough = 3;  // an estimate of so many tolerances: another step would cost more than it tells
}

// One element, or all elements along a direction.
class FunctionLine final : public Line {
 public:
  FunctionLine(Differences& d, Parameter& p, Index i, const Tensor* direction)
      : differences_(d), moved_(p), i_(i), direction_(direction) {}
  double start() const override { return direction_ ? 0 : moved_.before()[i_]; }
  const Tensor* at(double t) override {
    direction_ ? moved_.along(*direction_, t) : moved_.element(i_, t);
    return differences_.values();
  }

 private:
  Differences& differences_;
  Moved moved_;
  Index i_;
  const Tensor* direction_;
};

Differences::Differences(Subject& s) : s_(s), first_(s.parameters.size(), s.options.step) {
  frozen_.clear();
  middle_ = s.f.record(frozen_).value();
  if (!s.noise) s.noise = std::max(measured_noise(), least_noise(s.cotangent, middle_));
}

// Null where the function throws an Error, or where its value is not finite: x may be at the edge of its domain.
const Tensor* Differences::values() {
  try {
    frozen_.clear();
    last_ = s_.f.record(frozen_).value();
  } catch (const Error&) {
    return nullptr;
  }
  return &last_;
}

// All parameters move together in steps of a few units in the last place, so short that what is left in the fourth
// differences of L is rounding; then in longer ones, as noise may be smooth over short ones, or lost in the rounding of L:
// the most counts. None is longer than the first step of a difference: there the function itself may bend. The steps are
// powers of two, so that the moved values are not rounded themselves.
double Differences::measured_noise() {
  double most = noise_at(-50);
  for (int power = -45; power <= -35 && std::exp2(power) <= s_.options.step; power += 5)
    most = std::max(most, noise_at(power));
  return most;
}

// Of steps of 2^power times each value; 0 where the function cannot be followed so far.
double Differences::noise_at(int power) {
  constexpr int points = 8;
  double L[points] = {}, length = 0;
  std::vector<std::unique_ptr<Moved>> moved;
  std::vector<Tensor> steps;
  for (std::size_t k = 0; k < s_.parameters.size(); ++k) {
    moved.push_back(std::make_unique<Moved>(*s_.parameters[k]));
    steps.push_back(random_normal(s_.parameters[k]->shape(), s_.options.seed, "gradcheck.noise", k));
    for (Index i = 0; i < steps[k].size(); ++i) {
      const double value = std::abs(moved[k]->before()[i]), x = value > 0 ? value : 1;
      steps[k][i] = std::copysign(std::exp2(std::ceil(std::log2(x)) + power), steps[k][i]);
    }
  }
  for (int n = 0; n < points; ++n) {
    for (std::size_t k = 0; k < moved.size(); ++k) moved[k]->along(steps[k], n + 1);
    const Tensor* y = values();
    if (!y || y->shape() != middle_.shape() || !finite(*y)) return 0;
    L[n] = weighted_difference(s_.cotangent, *y, middle_);
  }
  for (int n = 2; n + 2 < points; ++n)
    length = std::hypot(length, L[n - 2] - 4 * L[n - 1] + 6 * L[n] - 4 * L[n + 1] + L[n + 2]);
  return length / std::sqrt(70.0 * (points - 4));  // 70 = 1 + 16 + 36 + 16 + 1
}

// Neighbours in one parameter mostly need the same step: a search begins where the last one ended.
Derivative Differences::element(std::size_t k, Index i, double scale) {
  FunctionLine line(*this, *s_.parameters[k], i, nullptr);
  const double unit = std::max(1.0, std::abs(line.start()));
  const Derivative d = derivative(line, s_.cotangent, middle_, *s_.noise, {unit, first_[k] * unit}, scale,
                                  enough * s_.options.tolerance);
  if (!d.kink && d.not_finite == 0 && d.h > 0) first_[k] = d.h / unit;
  return d;
}

Derivative Differences::along(std::size_t k, const Tensor& direction, double scale) {
  FunctionLine line(*this, *s_.parameters[k], 0, &direction);
  return derivative(line, s_.cotangent, middle_, *s_.noise, {1, s_.options.step}, scale, enough * s_.options.tolerance);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
