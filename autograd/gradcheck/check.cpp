#include "autograd/gradcheck/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// What adding the same numbers in another order may change, relative to the largest of a parameter's gradients.
constexpr double rounding = 1e-10;

// After so many wrong elements of one parameter the others are not swept: each costs 14 evaluations.
constexpr Index enough_wrong = 32;

// y = a + b, both of one shape. The check has its own sum, so that it does not rest on an op that it checks.
struct Sum final : Node {
  const char* op() const override { return "gradcheck sum"; }
  const char* formula() const override { return "y = a + b"; }
  const char* derivative() const override { return "dL/da = G, dL/db = G"; }
  void forward() override {
    for (Index i = 0; i < value.size(); ++i) value[i] = in(0)[i] + in(1)[i];
  }
  // dy/da = dy/db = 1
  void backward() override {
    for (int k = 0; k < 2; ++k) {
      if (!needs(k)) continue;
      const Target to = target(k);
      for (Index i = 0; i < grad.size(); ++i) (*to.grad)[i] = to.add ? (*to.grad)[i] + grad[i] : grad[i];
    }
  }
};

Var sum_of(Tape& t, const Var& a, const Var& b) {
  Node* const both[] = {t.check(a), t.check(b)};
  Sum& n = t.make<Sum>(both, Site::current());
  n.value = t.tensor(a.shape());
  n.forward();
  return t.var(n);
}

class Check {
 public:
  Check(GradcheckFunction& f, const Parameters& parameters, const GradcheckOptions& options)
      : f_(f), parameters_(parameters), options_(options) {
    result_.tolerance = options.tolerance;
    result_.fast = options.directions > 0;
  }

  Gradcheck run() {
    if (arguments_are_usable() && value_is_usable() && gradient_is_usable()) {
      backward_again();
      recorded_twice();
      one_moves();
      for (std::size_t k = 0; k < parameters_.size(); ++k) options_.directions > 0 ? compare_directions(k) : compare(k);
      follows();
    }
    result_.passed = result_.failures.empty();
    if (result_.failures.size() > undecided_ && recorded_) find_causes();
    std::stable_sort(result_.rows.begin(), result_.rows.end(), [](const GradcheckRow& a, const GradcheckRow& b) {
      return a.verdict != b.verdict ? a.verdict > b.verdict : a.error > b.error;
    });
    return std::move(result_);
  }

 private:
  void fail(std::string reason) { result_.failures.push_back(std::move(reason)); }
  std::string name(std::size_t k) const { return "'" + parameters_[k]->name() + "'"; }

  bool listed_as_zero(const Parameter& p) const {
    return std::find(options_.zero_gradients.begin(), options_.zero_gradients.end(), p.name()) !=
           options_.zero_gradients.end();
  }

  bool arguments_are_usable() {
    Index elements = 0;
    for (const Parameter* p : parameters_) {
      elements += p->value().size();
      if (!finite(p->value())) fail("parameter '" + p->name() + "' holds a value that is not finite");
    }
    if (elements == 0) fail("nothing to check: the parameters have no elements");
    for (const std::string& zero : options_.zero_gradients)
      if (std::none_of(parameters_.begin(), parameters_.end(), [&](const Parameter* p) { return p->name() == zero; }))
        fail("zero_gradients lists '" + zero + "', which is not one of the parameters");
    return result_.failures.empty();
  }

  // The op that uses p first.
  static std::string user(Tape& t, const Parameter& p) {
    const Node* leaf = &t.leaf(p).node();
    for (const Node* n : t.nodes())
      if (std::find(n->inputs.begin(), n->inputs.end(), leaf) != n->inputs.end()) return n->op();
    return "-";
  }

  // The value is finite, not empty, and the same when recorded again; then the cotangent of its shape is drawn.
  bool value_is_usable() {
    Tape t(parameters_, one_thread);
    const Var y = f_.record(t);
    if (y.value().empty()) fail("the function's value is empty: shape " + y.shape().str());
    if (!finite(y.value())) fail("the function's value is not finite: " + y.value().str());
    if (!y.node().requires_grad) fail("the function is constant: its value does not depend on any of the parameters");
    Tape again(parameters_, one_thread);
    if (!same_bits(y.value(), f_.record(again).value()))
      fail("the function is not deterministic: two recordings gave different values");
    cotangent_ = random_normal(y.shape(), options_.seed, "gradcheck.cotangent");
    for (const Parameter* p : parameters_) users_.push_back(user(t, *p));
    recorded_ = result_.failures.empty();
    return recorded_;
  }

  // Parameter k's gradient, zero where nothing reached it.
  Tensor gradient(const Tape& t, std::size_t k) const {
    const Parameter& p = *parameters_[k];
    return t.has_grad(p) ? t.grad(p) : Tensor::zeros(p.shape());
  }
  std::vector<Tensor> gradients(const Tape& t) const {
    std::vector<Tensor> all;
    for (std::size_t k = 0; k < parameters_.size(); ++k) all.push_back(gradient(t, k));
    return all;
  }

  bool gradient_is_usable() {
    Tape t(parameters_, one_thread);
    t.backward(f_.record(t), cotangent_);
    gradients_ = gradients(t);
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      if (!finite(gradients_[k])) fail("the gradient of " + name(k) + " is not finite: " + gradients_[k].str());
      scale_.push_back(largest(gradients_[k]));
    }
    return result_.failures.empty();
  }

  double allowed(std::size_t k) const { return std::max(rounding * scale_[k], options_.zero_tolerance); }

  // After zero_grad() a second pass over the same recording gives the same gradient, and a third one adds to it.
  void backward_again() {
    Tape t(parameters_, one_thread);
    const Var y = f_.record(t);
    t.backward(y, cotangent_);
    t.zero_grad();
    t.backward(y, cotangent_);
    for (std::size_t k = 0; k < parameters_.size(); ++k)
      if (!same_bits(gradient(t, k), gradients_[k]))
        fail("a second backward over one recording gives " + name(k) + " another gradient");
    t.backward(y, cotangent_);
    for (std::size_t k = 0; k < parameters_.size(); ++k)
      if (largest_difference(gradients_[k], gradients_[k], gradient(t, k)) > allowed(k))
        fail("two calls of backward do not give " + name(k) + " twice the gradient of one");
  }

  // L1 and L2 recorded on one tape, so that every leaf is used by both: the gradient of L1 + L2 is the sum of theirs.
  // (L2 need not equal L1: dropout draws another mask.)
  void recorded_twice() {
    Tape t(parameters_, one_thread);
    const Var a = f_.record(t), b = f_.record(t);
    const Var both = sum_of(t, a, b);
    t.backward(a, cotangent_);
    const std::vector<Tensor> ga = gradients(t);
    t.zero_grad();
    t.backward(b, cotangent_);
    const std::vector<Tensor> gb = gradients(t);
    t.zero_grad();
    t.backward(both, cotangent_);
    for (std::size_t k = 0; k < parameters_.size(); ++k)
      if (largest_difference(ga[k], gb[k], gradient(t, k)) > allowed(k))
        fail("gradients of two uses of " + name(k) + " do not add up: its gradient is overwritten, not accumulated");
  }

  // Each parameter moves alone: its gradient is what it was, and nothing that is frozen got one.
  void one_moves() {
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      Tape t({parameters_[k]}, one_thread);
      const Var y = f_.record(t);
      if (y.node().requires_grad) t.backward(y, cotangent_);
      if (largest_difference(gradient(t, k), Tensor::zeros(gradients_[k].shape()), gradients_[k]) > allowed(k))
        fail("the gradient of " + name(k) + " is another when the other parameters are frozen");
      for (const Node* n : t.nodes())
        if (!n->requires_grad && (n->has_grad || !n->grad.empty()))
          fail("only " + name(k) + " moves, but a frozen " + n->op() + " of shape " + n->value.shape().str() +
               " got a gradient");
    }
  }

  // The error and the relative one (gradcheck.h), into a row whose verdict stands, and into the result.
  void measure(GradcheckRow& row, double s) {
    row.absolute = std::abs(row.analytic - row.numeric);
    const double size = std::max(std::abs(row.analytic), std::abs(row.numeric));
    row.error = !std::isfinite(row.absolute) ? HUGE_VAL : s > 0 ? row.absolute / s : 0;
    row.relative = size > 1e-3 * s ? row.absolute / size : 0;
    result_.max_error = std::max(result_.max_error, row.error);
    result_.max_relative = std::max(result_.max_relative, row.relative);
  }

  bool is_right(const GradcheckRow& row, double s) const {
    const double off = std::abs(row.analytic - row.numeric);
    return off <= options_.tolerance * s || off <= options_.absolute_tolerance;
  }

  void compare(std::size_t k) {
    Parameter& p = *parameters_[k];
    std::vector<GradcheckRow> rows;
    double s = scale_[k], worst_numeric = 0;
    for (Index i = 0; i < p.value().size(); ++i) {
      rows.push_back({users_[k], p.name(), i, p.shape(), gradients_[k][i], differences_.slope(p, i)});
      worst_numeric = std::max(worst_numeric, std::abs(rows.back().numeric));
    }
    s = std::max(s, worst_numeric);
    if (listed_as_zero(p)) {  // judged absolutely; the rows' errors stay 0
      for (GradcheckRow& row : rows) row.absolute = std::abs(row.analytic - row.numeric);
      if (scale_[k] > options_.zero_tolerance)
        fail("the gradient of " + name(k) + " is listed as zero, but is up to " + number(scale_[k]));
      if (!(worst_numeric <= options_.tolerance))
        fail("the gradient of " + name(k) + " is listed as zero, but differences give up to " + number(worst_numeric));
    } else if (s == 0 && !p.value().empty()) {
      fail("nothing to check: the gradient of " + name(k) + " is zero; list it in zero_gradients if that is right");
    } else {
      judge(k, rows, s);
    }
    result_.rows.insert(result_.rows.end(), rows.begin(), rows.end());
  }

  void judge(std::size_t k, std::vector<GradcheckRow>& rows, double s) {
    Index wrong = 0, noisy = 0;
    double worst = 0;
    for (GradcheckRow& row : rows) {
      if (!is_right(row, s)) {
        row.verdict = Verdict::wrong;
        if (wrong < enough_wrong) differences_.sweep(*parameters_[k], row, s);
      }
      measure(row, s);
      wrong += row.verdict == Verdict::wrong;
      noisy += row.verdict == Verdict::noisy;
      if (row.verdict >= Verdict::noisy) worst = std::max(worst, row.error);
    }
    if (wrong > 0)
      fail("the gradient of " + name(k) + " is wrong: largest error " + number(worst) + ", tolerance " +
           number(options_.tolerance) + ", in " + std::to_string(wrong) + " of " + std::to_string(rows.size()) +
           " elements, and no smaller at other steps");
    else if (noisy > 0 && ++undecided_)
      fail("the gradient of " + name(k) + " cannot be decided: differences vary with the step, in " +
           std::to_string(noisy) + " of " + std::to_string(rows.size()) + " elements, by as much as the error " +
           number(worst));
  }

  // One row a direction: the slope of L along a random unit vector, which all elements share.
  void compare_directions(std::size_t k) {
    Parameter& p = *parameters_[k];
    for (int n = 0; n < options_.directions; ++n) {
      Tensor d =
          random_normal(p.shape(), options_.seed, "gradcheck.direction." + p.name(), static_cast<std::uint64_t>(n));
      const double length = std::sqrt(dot(d, d));
      for (Real& x : d.values()) x /= length;
      GradcheckRow row{users_[k], p.name(), -1, p.shape(), dot(gradients_[k], d), differences_.slope(p, d)};
      const double s = std::max({std::abs(row.analytic), std::abs(row.numeric), scale_[k]});
      const bool zero = listed_as_zero(p);
      if (s == 0 && !zero) fail("nothing to check: the gradient of " + name(k) + " is zero along a random direction");
      if (zero ? s > options_.tolerance : !is_right(row, s)) row.verdict = Verdict::wrong;
      measure(row, s);
      if (row.verdict == Verdict::wrong)
        fail("the gradient of " + name(k) + " is wrong along a random direction: error " + number(row.error));
      result_.rows.push_back(row);
    }
  }

  // Every value is scaled by its own factor between 0.99 and 1.01 (zeros and their kinks stay): the gradient must be
  // right there as well, along one direction, and after moving back what it was. What it is computed from may not be
  // what an earlier recording left.
  void follows() {
    if (!result_.failures.empty()) return;
    {
      std::vector<std::unique_ptr<Moved>> moved;
      for (std::size_t k = 0; k < parameters_.size(); ++k) {
        Tensor by = random_normal(parameters_[k]->shape(), options_.seed, "gradcheck.follows", k);
        for (Index i = 0; i < by.size(); ++i) by[i] = std::tanh(by[i]) * parameters_[k]->value()[i];
        moved.push_back(std::make_unique<Moved>(*parameters_[k]));
        moved.back()->along(by, 0.01);
      }
      Tape t(parameters_, one_thread);
      const Var y = f_.record(t);
      t.backward(y, cotangent_);
      double noise = options_.absolute_tolerance;  // and what rounding L leaves after division by the step
      for (Index j = 0; j < y.value().size(); ++j)
        noise += 1e-15 / options_.step * std::abs(cotangent_[j] * y.value()[j]);
      for (std::size_t k = 0; k < parameters_.size(); ++k) {
        const Tensor g = gradient(t, k);
        Tensor d = random_normal(g.shape(), options_.seed, "gradcheck.follows.direction", k);
        for (Index i = 0; i < d.size(); ++i) d[i] *= parameters_[k]->value()[i];
        const double slope = differences_.slope(*parameters_[k], d);
        double size = 0;
        for (Index i = 0; i < d.size(); ++i) size += std::abs(g[i] * d[i]);
        if (!(std::abs(dot(g, d) - slope) <= 1e-5 * std::max(size, std::abs(slope)) + noise))
          fail("the gradient of " + name(k) + " does not follow when the values move: " + number(dot(g, d), 6) +
               " along a direction where differences give " + number(slope, 6));
      }
    }
    Tape t(parameters_, one_thread);
    t.backward(f_.record(t), cotangent_);
    for (std::size_t k = 0; k < parameters_.size(); ++k)
      if (!same_bits(gradient(t, k), gradients_[k]))
        fail("the gradient of " + name(k) + " is another after the values were moved and moved back");
  }

  // By the words of a failure nothing is judged: blame() looks at the nodes themselves.
  void find_causes() {
    result_.diagnoses = blame(f_, parameters_, options_);
    for (const Diagnosis& d : result_.diagnoses)
      for (GradcheckRow& row : result_.rows)
        if (row.verdict >= Verdict::noisy && d.argument.find("'" + row.parameter + "'") != std::string::npos)
          row.op = d.op;
  }

  GradcheckFunction& f_;
  const Parameters& parameters_;
  const GradcheckOptions& options_;
  Gradcheck result_;
  Tensor cotangent_;                // dL/dy, of the value's shape
  std::vector<Tensor> gradients_;   // of each parameter, by the tape
  std::vector<double> scale_;       // the largest magnitude in each of them
  std::vector<std::string> users_;  // of each parameter, the first op that uses it
  bool recorded_ = false;
  std::size_t undecided_ = 0;  // failures that are not the gradient's
  Differences differences_{f_, cotangent_, options_};
};

}  // namespace

GradcheckFunction::~GradcheckFunction() = default;

Gradcheck gradcheck(GradcheckFunction& function, const Parameters& parameters, const GradcheckOptions& options) {
  return Check(function, parameters, options).run();
}

}  // namespace GRADUS_REAL
}  // namespace gradus
