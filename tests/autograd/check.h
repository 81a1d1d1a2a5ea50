// What the tests of the ops share.
#pragma once

#include <string>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/random.h"
#include "autograd/tape.h"
#include "tests/catch.h"
#if defined(GRADUS_DOUBLE)
#include "autograd/gradcheck/gradcheck.h"
#endif

namespace gradus {

// Uniform in [low, high), the same at every run.
inline Tensor random_tensor(const Shape& shape, std::uint64_t seed, double low = -2, double high = 2) {
  Tensor t(shape);
  Random random(seed, "test");
  for (Real& x : t.values()) x = static_cast<Real>(random.uniform(low, high));
  return t;
}

inline double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (Index i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(d <= worst)) worst = d;
  }
  return worst;
}

#if defined(GRADUS_DOUBLE)
template <class Function>
void require_gradient(Function f, const Parameters& parameters) {
  const Gradcheck check = gradcheck(f, parameters);
  INFO(check.report());
  REQUIRE(check.passed);
}

// The gradient of sum(f) by x.
template <class Function>
Tensor gradient_of_sum(Parameter& x, Function f) {
  Tape t({&x});
  const Var y = f(t.leaf(x));
  t.backward(y, Tensor::full(y.shape(), 1));
  return t.grad(x);
}
#endif

// The text of the error that f throws inside the scope h.0, which must end by naming that scope and the line of this
// call; without that ending. The whole text where it ends otherwise.
template <class Function>
std::string error_in_scope(Tape& t, Function f, Site at = Site::current()) {
  const std::string end = ", in h.0, at " + file_line(at);
  try {
    const Scope scope(t, "h.0", at);
    f();
  } catch (const Error& e) {
    const std::string text = e.what();
    const bool ends = text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
    return ends ? text.substr(0, text.size() - end.size()) : text;
  }
  return "no error";
}

}  // namespace gradus
