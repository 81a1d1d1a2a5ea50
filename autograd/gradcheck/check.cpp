#include "autograd/gradcheck/gradcheck.h"

#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The op that uses p first.
std::string user(Tape& t, const Parameter& p) {
  const Node* leaf = &t.leaf(p).node();
  for (const Node* n : t.nodes())
    if (std::find(n->inputs.begin(), n->inputs.end(), leaf) != n->inputs.end()) return n->op();
  return "-";
}

bool options_are_usable(Subject& s) {
  const GradcheckOptions& o = s.options;
  const auto refuse = [&s](const char* what, const char* expected, double got) {
    s.fail(std::string(what) + ": expected " + expected + ", got " + plain(got));
  };
  if (!(o.step > 0 && std::isfinite(o.step))) refuse("step", "a finite number above 0", o.step);
  if (!(o.tolerance >= 0)) refuse("tolerance", "a number of at least 0", o.tolerance);
  if (!(o.resolution > 0)) refuse("resolution", "a number above 0", o.resolution);
  if (!(o.absolute_tolerance >= 0)) refuse("absolute_tolerance", "a number of at least 0", o.absolute_tolerance);
  if (!(o.zero_tolerance >= 0)) refuse("zero_tolerance", "a number of at least 0", o.zero_tolerance);
  if (o.directions < 0) refuse("directions", "a number of at least 0", o.directions);
  for (const std::string& zero : o.zero_gradients)
    if (std::none_of(s.parameters.begin(), s.parameters.end(), [&](const Parameter* p) { return p->name() == zero; }))
      s.fail("zero_gradients lists " + quoted(zero) + ", which is not one of the parameters");
  return s.result.failures.empty();
}

bool arguments_are_usable(Subject& s) {
  Index elements = 0;
  for (std::size_t k = 0; k < s.parameters.size(); ++k) {
    elements += s.parameters[k]->value().size();
    if (!finite(s.parameters[k]->value())) s.fail(k, "parameter " + s.name(k) + " holds a value that is not finite");
  }
  if (elements == 0) s.fail("nothing to check: the parameters have no elements");
  return s.result.failures.empty();
}

// The value is finite, not empty, and the same when recorded again; then the cotangent of its shape is drawn.
bool value_is_usable(Subject& s) {
  Tape t(s.parameters, one_thread);
  const Var y = s.f.record(t);
  if (y.value().empty()) s.fail("the function's value is empty: shape " + y.shape().str());
  if (!finite(y.value())) s.fail("the function's value is not finite: " + y.value().str());
  if (!y.node().requires_grad) s.fail("the function is constant: its value does not depend on any of the parameters");
  Tape again(s.parameters, one_thread);
  if (!same_bits(y.value(), s.f.record(again).value()))
    s.fail("the function is not deterministic: two recordings gave different values");
  s.cotangent = random_normal(y.shape(), s.options.seed, "gradcheck.cotangent");
  for (std::size_t k = 0; k < s.parameters.size(); ++k) s.users[k] = user(t, *s.parameters[k]);
  return s.result.failures.empty();
}

bool gradient_is_usable(Subject& s) {
  Tape t(s.parameters, one_thread);
  const Var y = s.f.record(t);
  try {
    t.backward(y, s.cotangent);
  } catch (const Error& e) {
    s.fail(std::string("backward throws where the function itself does not: ") + e.what());
    return false;
  }
  s.gradients = s.all_gradients(t);
  for (std::size_t k = 0; k < s.parameters.size(); ++k) {
    if (!finite(s.gradients[k])) s.fail(k, "the gradient of " + s.name(k) + " is not finite: " + s.gradients[k].str());
    s.scale.push_back(largest(s.gradients[k]));
  }
  return s.result.failures.empty();
}

bool accuses(const Gradcheck& g) {
  return std::any_of(g.failures.begin(), g.failures.end(), [](const GradcheckFinding& f) { return !f.undecided; });
}

// Nothing is judged by the words of a failure: blame() looks at the nodes themselves.
void find_causes(Subject& s) {
  s.result.diagnoses = blame(s.f, s.parameters, s.options);
  for (const Diagnosis& d : s.result.diagnoses)
    for (GradcheckRow& row : s.result.rows)
      if (row.verdict >= GradientVerdict::undecided && row.parameter == d.parameter) row.op = d.op;
}

}  // namespace

Tensor Subject::gradient(const Tape& t, std::size_t k) const {
  const Parameter& p = *parameters[k];
  return t.has_grad(p) ? t.grad(p) : Tensor::zeros(p.shape());
}

std::vector<Tensor> Subject::all_gradients(const Tape& t) const {
  std::vector<Tensor> all;
  for (std::size_t k = 0; k < parameters.size(); ++k) all.push_back(gradient(t, k));
  return all;
}

double Subject::allowed(std::size_t k) const {
  constexpr double rounding = 1e-10;
  return std::max(rounding * scale[k], options.zero_tolerance);
}

GradcheckFunction::~GradcheckFunction() = default;

Gradcheck gradcheck(GradcheckFunction& function, const Parameters& parameters, const GradcheckOptions& options) {
  Subject s{function, parameters, options, {}, {}, {}, {}, std::vector<std::string>(parameters.size())};
  s.result.tolerance = options.tolerance;
  s.result.fast = options.directions > 0;
  if (options_are_usable(s) && arguments_are_usable(s) && value_is_usable(s)) {
    if (gradient_is_usable(s)) {
      check_protocol(s);
      compare(s);
      check_following(s);
    }
    if (accuses(s.result)) find_causes(s);
  }
  s.result.passed = s.result.failures.empty();
  std::stable_sort(s.result.rows.begin(), s.result.rows.end(), [](const GradcheckRow& a, const GradcheckRow& b) {
    return a.verdict != b.verdict ? a.verdict > b.verdict : a.error > b.error;
  });
  return std::move(s.result);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
