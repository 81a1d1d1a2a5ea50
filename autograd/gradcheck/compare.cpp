// The tape's gradient against differences.
#include <algorithm>
#include <cmath>

#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

constexpr double estimates = 4;  // of so many estimates an honest difference is never off

class Comparison {
 public:
  explicit Comparison(Subject& s) : s_(s), options_(s.options), differences_(s) {}

  void run() {
    for (std::size_t k = 0; k < s_.parameters.size(); ++k) options_.directions > 0 ? directions(k) : elements(k);
  }

 private:
  bool listed_as_zero(const Parameter& p) const {
    return std::find(options_.zero_gradients.begin(), options_.zero_gradients.end(), p.name()) !=
           options_.zero_gradients.end();
  }

  void elements(std::size_t k) {
    const Parameter& p = *s_.parameters[k];
    std::vector<GradcheckRow> rows;
    std::vector<Derivative> numeric;
    const bool zero = listed_as_zero(p);
    double s = s_.scale[k], largest_numeric = 0;
    for (Index i = 0; i < p.value().size(); ++i) {
      numeric.push_back(differences_.element(k, i, zero ? 1 : s_.scale[k]));
      rows.push_back({s_.users[k], p.name(), i, p.shape(), s_.gradients[k][i], numeric.back().value});
      largest_numeric = std::max(largest_numeric, std::abs(rows.back().numeric));
    }
    s = std::max(s, largest_numeric);
    if (zero) {
      listed(k, rows, numeric);
    } else if (s == 0 && !p.value().empty()) {
      s_.result.nothing_to_check = true;
      s_.fail(k, "nothing to check: the gradient of " + s_.name(k) +
                     " is zero; list it in zero_gradients if that is right");
    } else {
      for (std::size_t i = 0; i < rows.size(); ++i) judge(rows[i], numeric[i], s);
      sum_up(k, rows, numeric);
    }
    s_.result.rows.insert(s_.result.rows.end(), rows.begin(), rows.end());
  }

  // Judged absolutely; the rows' errors stay 0.
  void listed(std::size_t k, std::vector<GradcheckRow>& rows, const std::vector<Derivative>& numeric) {
    double worst = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].absolute = std::abs(rows[i].analytic - rows[i].numeric);
      const double off = std::abs(rows[i].numeric);
      if (!(off <= estimates * numeric[i].estimate + options_.tolerance) || !(off <= options_.resolution))
        worst = std::max(worst, off);
    }
    if (s_.scale[k] > options_.zero_tolerance)
      s_.fail(k, "the gradient of " + s_.name(k) + " is listed as zero, but is up to " + number(s_.scale[k]));
    if (worst > 0)
      s_.fail(k, "the gradient of " + s_.name(k) + " is listed as zero, but differences give up to " + number(worst));
  }

  void judge(GradcheckRow& row, const Derivative& d, double s) {
    if (d.kink) row.numeric = std::clamp(row.analytic, d.low, d.high);
    row.absolute = std::abs(row.analytic - row.numeric);
    const double size = std::max(std::abs(row.analytic), std::abs(row.numeric));
    row.error = !std::isfinite(row.absolute) ? HUGE_VAL : s > 0 ? row.absolute / s : 0;
    row.relative = size > 1e-3 * s ? row.absolute / size : 0;
    row.estimate = s > 0 ? d.estimate / s : 0;
    const bool forgiven = options_.absolute_tolerance > 0 && row.absolute <= options_.absolute_tolerance;
    const bool near = row.absolute <= options_.tolerance * s + estimates * d.estimate;
    row.verdict = forgiven                               ? GradientVerdict::right
                  : !near                                ? GradientVerdict::wrong
                  : d.estimate > options_.resolution * s ? GradientVerdict::undecided
                  : d.kink                               ? GradientVerdict::kink
                                                         : GradientVerdict::right;
    s_.result.wrong += row.verdict == GradientVerdict::wrong;
    s_.result.undecided += row.verdict == GradientVerdict::undecided;
    s_.result.max_error = std::max(s_.result.max_error, row.error);
    s_.result.max_relative = std::max(s_.result.max_relative, row.relative);
  }

  void sum_up(std::size_t k, const std::vector<GradcheckRow>& rows, const std::vector<Derivative>& numeric) {
    Index wrong = 0, undecided = 0;
    const GradcheckRow *worst = nullptr, *least_sure = nullptr;
    for (const GradcheckRow& row : rows) {
      wrong += row.verdict == GradientVerdict::wrong;
      undecided += row.verdict == GradientVerdict::undecided;
      if (row.verdict == GradientVerdict::wrong && (!worst || row.error > worst->error)) worst = &row;
      if (row.verdict == GradientVerdict::undecided && (!least_sure || row.estimate > least_sure->estimate))
        least_sure = &row;
    }
    const std::string of_all = " of " + std::to_string(rows.size()) + " elements";
    if (worst)
      s_.fail(k,
              "the gradient of " + s_.name(k) + " is wrong: largest error " + number(worst->error) + ", tolerance " +
                  number(options_.tolerance) + ", in " + std::to_string(wrong) + of_all +
                  ", where differences are exact to " + number(worst->estimate),
              worst->index);
    if (least_sure)
      s_.fail(k,
              "the gradient of " + s_.name(k) + " is undecided: differences are exact to " +
                  number(least_sure->estimate) + " only, resolution " + number(options_.resolution) + ", in " +
                  std::to_string(undecided) + of_all + ", the worst at " +
                  multi_index(least_sure->shape, least_sure->index),
              least_sure->index)
          .undecided = true;
    edges(k, numeric);
  }

  // What stands beside a value at the edge of the function's domain, as log's near 0.
  void edges(std::size_t k, const std::vector<Derivative>& numeric) {
    Index count = 0;
    std::size_t first = 0;
    for (std::size_t i = 0; i < numeric.size(); ++i)
      if (numeric[i].not_finite > 0 && ++count == 1) first = i;
    if (count == 0) return;
    const Parameter& p = *s_.parameters[k];
    const Derivative& d = numeric[first];
    const Index i = static_cast<Index>(first);
    const char* side = !d.low_not_finite ? "x + h" : !d.high_not_finite ? "x - h" : "x - h and x + h";
    const std::string how =
        !(d.estimate < HUGE_VAL)
            ? "no step leaves two values to compare: move x away from the edge of the function's domain"
        : d.one_sided ? "the slope on the other side was taken at h = " + number(d.h) +
                            ": move x away from the edge of the function's domain for more"
                      : "h = " + number(d.h) +
                            " was taken: move x away from the edge of the function's domain if that is too small";
    s_.result.notes.push_back(
        {p.name(), s_.users[k], i,
         "the function is not finite at " + std::string(side) + " for x = " + s_.name(k) + " " +
             multi_index(p.shape(), i) + " = " + plain(p.value()[i]) + " and h = " + number(d.not_finite) +
             (count > 1 ? " (and so at " + std::to_string(count - 1) + " more)" : "") + "; " + how});
  }

  // One row a direction: the slope of L along a random unit vector, which all elements share.
  void directions(std::size_t k) {
    const Parameter& p = *s_.parameters[k];
    for (int n = 0; n < options_.directions; ++n) {
      Tensor v =
          random_normal(p.shape(), options_.seed, "gradcheck.direction." + p.name(), static_cast<std::uint64_t>(n));
      const double length = std::sqrt(dot(v, v));
      for (Real& x : v.values()) x /= length;
      const Derivative d = differences_.along(k, v, s_.scale[k]);
      GradcheckRow row{s_.users[k], p.name(), -1, p.shape(), dot(s_.gradients[k], v), d.value};
      const double s = std::max({std::abs(row.analytic), std::abs(row.numeric), s_.scale[k]});
      const bool zero = listed_as_zero(p);
      if (s == 0 && !zero) {
        s_.result.nothing_to_check = true;
        s_.fail(k, "nothing to check: the gradient of " + s_.name(k) + " is zero along a random direction");
      }
      if (zero && s <= options_.resolution) {
        s_.result.rows.push_back(row);
        continue;
      }
      judge(row, d, s);
      if (row.verdict == GradientVerdict::wrong)
        s_.fail(k, "the gradient of " + s_.name(k) + " is wrong along a random direction: error " + number(row.error));
      else if (row.verdict == GradientVerdict::undecided)
        s_.fail(k, "the gradient of " + s_.name(k) +
                       " is undecided along a random direction: differences are exact to " + number(row.estimate) +
                       " only, resolution " + number(options_.resolution))
            .undecided = true;
      s_.result.rows.push_back(row);
    }
  }

  Subject& s_;
  const GradcheckOptions& options_;
  Differences differences_;
};

}  // namespace

void compare(Subject& s) {
  Comparison(s).run();
}

// Every value is scaled by its own factor between 0.99 and 1.01 (zeros and their kinks stay): the gradient must be right
// there as well, along one direction, and after moving back what it was. What it is computed from may not be what an
// earlier recording left.
void check_following(Subject& s) {
  if (!s.result.failures.empty()) return;
  {
    std::vector<std::unique_ptr<Moved>> moved;
    for (std::size_t k = 0; k < s.parameters.size(); ++k) {
      Tensor by = random_normal(s.parameters[k]->shape(), s.options.seed, "gradcheck.follows", k);
      for (Index i = 0; i < by.size(); ++i) by[i] = std::tanh(by[i]) * s.parameters[k]->value()[i];
      moved.push_back(std::make_unique<Moved>(*s.parameters[k]));
      moved.back()->along(by, 0.01);
    }
    Tape t(s.parameters, one_thread);
    t.backward(s.f.record(t), s.cotangent);
    Differences differences(s);
    for (std::size_t k = 0; k < s.parameters.size(); ++k) {
      const Tensor g = s.gradient(t, k);
      Tensor v = random_normal(g.shape(), s.options.seed, "gradcheck.follows.direction", k);
      for (Index i = 0; i < v.size(); ++i) v[i] *= s.parameters[k]->value()[i];
      double size = 0;
      for (Index i = 0; i < v.size(); ++i) size += std::abs(g[i] * v[i]);
      const Derivative d = differences.along(k, v, size);
      const double slope = d.kink ? std::clamp(dot(g, v), d.low, d.high) : d.value;
      if (!(std::abs(dot(g, v) - slope) <=
            1e-7 * std::max(size, std::abs(slope)) + estimates * d.estimate + s.options.absolute_tolerance))
        s.fail(k, "the gradient of " + s.name(k) + " does not follow when the values move: " + number(dot(g, v), 6) +
                      " along a direction where differences give " + number(slope, 6));
    }
  }
  Tape t(s.parameters, one_thread);
  t.backward(s.f.record(t), s.cotangent);
  for (std::size_t k = 0; k < s.parameters.size(); ++k)
    if (!same_bits(s.gradient(t, k), s.gradients[k]))
      s.fail(k, "the gradient of " + s.name(k) + " is another after the values were moved and moved back");
}

}  // namespace GRADUS_REAL
}  // namespace gradus
