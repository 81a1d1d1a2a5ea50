#if defined(GRADUS_DOUBLE)

#include "autograd/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "autograd/random.h"

namespace gradus::inline GRADUS_REAL {
namespace {

// What adding the same numbers in another order may change, relative to the largest of a parameter's gradients.
constexpr double rounding = 1e-10;

// y = a + b, both of one shape. The check has its own sum, so that it does not rest on an op that it checks.
struct Sum final : Node {
  const char* op() const override { return "gradcheck sum"; }
  const char* formula() const override { return "y = a + b"; }
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

std::string number(double x, int digits = 2) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*e", digits, x);
  return text;
}

bool finite(const Tensor& t) {
  return std::all_of(t.values().begin(), t.values().end(), [](Real x) { return std::isfinite(x); });
}

double largest(const Tensor& t) {
  double s = 0;
  for (const Real x : t.values()) s = std::max(s, std::abs(x));
  return s;
}

// The largest |a_i + b_i - c_i|; infinite where that is not a number.
double largest_difference(const Tensor& a, const Tensor& b, const Tensor& c) {
  double worst = 0;
  for (Index i = 0; i < a.size(); ++i) {
    const double d = std::abs(a[i] + b[i] - c[i]);
    worst = d <= worst ? worst : std::isfinite(d) ? d : HUGE_VAL;
  }
  return worst;
}

// One element's value is replaced, and put back however this scope ends.
class Moved {
 public:
  Moved(Parameter& p, Index i) : parameter_(p), index_(i), before_(p.value()[i]) {}
  Moved(const Moved&) = delete;
  Moved& operator=(const Moved&) = delete;
  ~Moved() { to(before_); }
  void to(Real x) { parameter_.mutable_value()[index_] = x; }
  Real before() const { return before_; }

 private:
  Parameter& parameter_;
  Index index_;
  Real before_;
};

class Check {
 public:
  Check(GradcheckFunction& f, const Parameters& parameters, const GradcheckOptions& options)
      : f_(f), parameters_(parameters), options_(options) {
    result_.tolerance = options.tolerance;
  }

  Gradcheck run() {
    if (arguments_are_usable() && value_is_usable() && gradient_is_usable()) {
      backward_again();
      recorded_twice();
      one_moves();
      for (std::size_t k = 0; k < parameters_.size(); ++k) compare(k);
      std::stable_sort(result_.rows.begin(), result_.rows.end(),
                       [](const GradcheckRow& a, const GradcheckRow& b) { return a.error > b.error; });
    }
    result_.passed = result_.failures.empty();
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

  // The value is finite, not empty, and the same when recorded again; then the cotangent of its shape is drawn.
  bool value_is_usable() {
    Tape t(parameters_);
    const Var y = f_.record(t);
    if (y.value().empty()) fail("the function's value is empty: shape " + y.shape().str());
    if (!finite(y.value())) fail("the function's value is not finite: " + y.value().str());
    if (!y.node().requires_grad) fail("the function is constant: its value does not depend on any of the parameters");
    Tape again(parameters_);
    if (!same_bits(y.value(), f_.record(again).value()))
      fail("the function is not deterministic: two recordings gave different values");
    Random random(options_.seed, "gradcheck.cotangent");
    cotangent_ = Tensor(y.shape());
    for (Real& c : cotangent_.values()) c = random.normal();
    return result_.failures.empty();
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
    Tape t(parameters_);
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
    Tape t(parameters_);
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
    Tape t(parameters_);
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
      Tape t({parameters_[k]});
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

  // dL/dx_i by the central difference. The outputs are subtracted before they are summed: fewer digits are lost.
  double numeric(Parameter& p, Index i) {
    Moved x(p, i);
    const double h = options_.step * std::max(1.0, std::abs(x.before()));
    const double above = x.before() + h, below = x.before() - h;
    x.to(above);
    frozen_.clear();
    const Tensor high = f_.record(frozen_).value();
    x.to(below);
    frozen_.clear();
    const Tensor low = f_.record(frozen_).value();
    double sum = 0;
    for (Index j = 0; j < high.size(); ++j) sum += cotangent_[j] * (high[j] - low[j]);
    return sum / (above - below);
  }

  void compare(std::size_t k) {
    Parameter& p = *parameters_[k];
    const std::size_t first = result_.rows.size();
    double s = scale_[k];
    for (Index i = 0; i < p.value().size(); ++i) {
      GradcheckRow row{p.name(), i, gradients_[k][i], numeric(p, i)};
      row.absolute = std::abs(row.analytic - row.numeric);
      s = std::max(s, std::abs(row.numeric));
      result_.rows.push_back(row);
    }
    const bool zero = listed_as_zero(p);
    if (s == 0 && !zero && p.value().size() > 0)
      fail("nothing to check: the gradient of " + name(k) + " is zero; list it in zero_gradients if that is right");
    double worst = 0, worst_numeric = 0;
    for (std::size_t r = first; r < result_.rows.size(); ++r) {
      GradcheckRow& row = result_.rows[r];
      const double size = std::max(std::abs(row.analytic), std::abs(row.numeric));
      worst_numeric = std::max(worst_numeric, std::abs(row.numeric));
      if (zero) continue;  // its error stays 0: it is judged absolutely, below
      row.error = !std::isfinite(row.absolute) ? HUGE_VAL : s > 0 ? row.absolute / s : 0;
      row.relative = size > 1e-3 * s ? row.absolute / size : 0;
      worst = std::max(worst, row.error);
      result_.max_relative = std::max(result_.max_relative, row.relative);
    }
    result_.max_error = std::max(result_.max_error, worst);
    if (worst > options_.tolerance)
      fail("the gradient of " + name(k) + " is wrong: largest error " + number(worst) + ", tolerance " +
           number(options_.tolerance));
    if (zero && scale_[k] > options_.zero_tolerance)
      fail("the gradient of " + name(k) + " is listed as zero, but is up to " + number(scale_[k]));
    if (zero && !(worst_numeric <= options_.tolerance))
      fail("the gradient of " + name(k) + " is listed as zero, but differences give up to " + number(worst_numeric));
  }

  GradcheckFunction& f_;
  const Parameters& parameters_;
  const GradcheckOptions& options_;
  Gradcheck result_;
  Tensor cotangent_;               // dL/dy, of the value's shape
  std::vector<Tensor> gradients_;  // of each parameter, by the tape
  std::vector<double> scale_;      // the largest magnitude in each of them
  Tape frozen_;                    // where values are computed, without gradients
};

}  // namespace

GradcheckFunction::~GradcheckFunction() = default;

Gradcheck gradcheck(GradcheckFunction& function, const Parameters& parameters, const GradcheckOptions& options) {
  return Check(function, parameters, options).run();
}

std::string Gradcheck::report(int most) const {
  std::string s = std::string("gradcheck: ") + (passed ? "passed" : "FAILED") + ", " + std::to_string(rows.size()) +
                  " elements, largest error " + number(max_error) + " (tolerance " + number(tolerance) + ")\n";
  for (const std::string& f : failures) s += "  " + f + "\n";
  for (std::size_t r = 0; r < rows.size() && r < as_size(most); ++r) {
    const GradcheckRow& row = rows[r];
    s += "  " + row.parameter + "[" + std::to_string(row.index) + "]: analytic " + number(row.analytic, 9) +
         ", numeric " + number(row.numeric, 9) + ", absolute " + number(row.absolute) + ", error " + number(row.error) +
         "\n";
  }
  return s;
}

}  // namespace gradus::inline GRADUS_REAL

#endif
