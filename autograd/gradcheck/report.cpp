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

std::string Gradcheck::report(int most) const {
  std::string s = std::string("gradcheck: ") + (passed ? "passed" : "FAILED") + ", " + std::to_string(rows.size()) +
                  (fast ? " random directions (weaker than every element)" : " elements") + ", largest error " +
                  number(max_error) + " (tolerance " + number(tolerance) + ")\n";
  for (const std::string& f : failures) s += "  " + f + "\n";
  for (const Diagnosis& d : diagnoses) {
    s += "  likely: " + d.op + (d.argument.empty() ? "" : ", input " + d.argument) +
         (d.at.empty() ? "" : ", called at " + d.at) + ": " + d.what + "\n";
  }
  constexpr const char* verdicts[] = {"", "kink", "noisy", "WRONG"};
  const auto line = [&s](const std::string& op, const std::string& argument, const std::string& index, const char* a,
                         const char* n, const char* absolute, const char* error, const char* relative,
                         const char* verdict) {
    char text[512];
    std::snprintf(text, sizeof text, "  %-12s %-16s %-12s %17s %17s %9s %9s %9s %s\n", op.c_str(), argument.c_str(),
                  index.c_str(), a, n, absolute, error, relative, verdict);
    s += text;
  };
  if (!rows.empty() && most > 0)
    line("op", "argument", "index", "analytic", "numeric", "absolute", "error", "relative", "");
  for (std::size_t r = 0; r < std::min<std::size_t>(rows.size(), most); ++r) {
    const GradcheckRow& row = rows[r];
    line(row.op, row.parameter, row.index < 0 ? "direction" : multi_index(row.shape, row.index),
         number(row.analytic, 9).c_str(), number(row.numeric, 9).c_str(), number(row.absolute).c_str(),
         number(row.error).c_str(), number(row.relative).c_str(), verdicts[static_cast<int>(row.verdict)]);
  }
  return s;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
