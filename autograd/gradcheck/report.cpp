#include <algorithm>
#include <cmath>
#include <cstdio>

#include "autograd/gradcheck/parts.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {

std::string number(double x, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*e", digits, x);
  return text;
}

std::string plain(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", x);
  return text;
}

std::string quoted(const std::string& name) {
  return "'" + name + "'";
}

std::string multi_index(const Shape& shape, Index position) {
  std::string s = "[";
  for (int axis = 0; axis < shape.rank(); ++axis)
    s += (axis ? ", " : "") + std::to_string(position / shape.stride(axis) % shape[axis]);
  return s + "]";
}

bool finite(const Tensor& t) {
  return std::all_of(t.values().begin(), t.values().end(), [](Real x) { return std::isfinite(x); });
}

double largest(const Tensor& t) {
  double s = 0;
  for (const Real x : t.values()) s = std::max(s, std::abs(x));
  return s;
}

double largest_difference(const Tensor& a, const Tensor& b, const Tensor& c) {
  double worst = 0;
  for (Index i = 0; i < a.size(); ++i) {
    const double d = std::abs(a[i] + b[i] - c[i]);
    worst = d <= worst ? worst : std::isfinite(d) ? d : HUGE_VAL;
  }
  return worst;
}

double dot(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (Index i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double dot(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += dot(a[k], b[k]);
  return sum;
}

Tensor random_normal(const Shape& shape, std::uint64_t seed, std::string_view purpose, std::uint64_t step) {
  Tensor t(shape);
  Random random(seed, purpose, step);
  for (Real& x : t.values()) x = random.normal();
  return t;
}

const char* name(Cause cause) {
  constexpr const char* names[] = {"unknown",       "sign",           "factor",        "batch size",
                                   "transposed",    "overwritten",    "uninitialized", "not summed back",
                                   "never written", "partly written", "normalization", "kink",
                                   "stale",         "wrong axis",     "detached",      "no cotangent",
                                   "no derivative", "swapped",        "shifted",       "frozen written",
                                   "once",          "not finite"};
  return names[static_cast<int>(cause)];
}

namespace {

std::string line(const Diagnosis& d) {
  std::string s = "likely: " + d.op;
  if (d.input >= 0)
    s += ", input " + std::to_string(d.input + 1) + " of " + std::to_string(d.inputs) + " (" + d.argument + ")";
  else if (!d.argument.empty())
    s += ", " + d.argument;
  return s + (d.at.empty() ? "" : ", called at " + d.at) + ": " + d.what;
}

void add_line(std::string& s, const std::string& op, const std::string& argument, const std::string& index,
              const std::vector<std::string>& numbers, const char* verdict) {
  char text[600];
  std::snprintf(text, sizeof text, "  %-12s %-16s %-12s %17s %17s %9s %9s %9s %9s %s\n", op.c_str(), argument.c_str(),
                index.c_str(), numbers[0].c_str(), numbers[1].c_str(), numbers[2].c_str(), numbers[3].c_str(),
                numbers[4].c_str(), numbers[5].c_str(), verdict);
  s += text;
}

}  // namespace

std::string Gradcheck::report(int most) const {
  const bool accused =
      std::any_of(failures.begin(), failures.end(), [](const GradcheckFinding& f) { return !f.undecided; });
  const char* verdict = passed ? "passed" : accused ? "FAILED" : "UNDECIDED";
  std::string s = std::string("gradcheck: ") + verdict + ", " + std::to_string(rows.size()) +
                  (fast ? " random directions (weaker than every element)" : " elements") +
                  (undecided > 0 ? ", " + std::to_string(undecided) + " undecided" : "") + ", largest error " +
                  number(max_error) + " (tolerance " + number(tolerance) + ")\n";
  for (const GradcheckFinding& f : failures) s += "  " + f.what + "\n";
  for (const GradcheckFinding& n : notes) s += "  note: " + n.what + "\n";
  for (const Diagnosis& d : diagnoses) s += "  " + line(d) + "\n";
  constexpr const char* verdicts[] = {"", "kink", "UNDECIDED", "WRONG"};
  if (!rows.empty() && most > 0)
    add_line(s, "op", "argument", "index", {"analytic", "numeric", "absolute", "error", "estimate", "relative"}, "");
  for (std::size_t r = 0; r < std::min<std::size_t>(rows.size(), most); ++r) {
    const GradcheckRow& row = rows[r];
    add_line(s, row.op, row.parameter, row.index < 0 ? "direction" : multi_index(row.shape, row.index),
             {number(row.analytic, 9), number(row.numeric, 9), number(row.absolute), number(row.error),
              number(row.estimate), number(row.relative)},
             verdicts[static_cast<int>(row.verdict)]);
  }
  return s;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
