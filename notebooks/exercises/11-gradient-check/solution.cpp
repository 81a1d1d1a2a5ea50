// Exercise 11: write your own gradient check. README.md beside this file tells what to do.
#include "exercise.h"

#include <algorithm>
#include <cmath>

#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {

// A tensor of the given shape with random numbers in it.
Tensor random_numbers(const Shape& shape) {
  Tensor c(shape);
  Random random(1, "my gradient check");
  for (Real& x : c.values()) x = random.normal();
  return c;
}

// L = sum of c * f: one number, so that there is one derivative by each element. c has the shape of f's result.
Real loss(const Function& f, const Tensor& c) {
  Tape t;
  const Var y = f(t);
  Real sum = 0;
  for (Index j = 0; j < c.size(); ++j) sum += c[j] * y.value()[j];
  return sum;
}

bool my_gradcheck(const Function& f, const std::vector<Parameter*>& parameters) {
  Tape t(parameters);
  const Var y = f(t);
  // YOUR CODE 1: c, what dL/dy is. Not all ones: README.md says why.
  const Tensor c = random_numbers(y.value().shape());
  t.backward(y, c);

  for (Parameter* p : parameters) {
    // The tape's gradient of this parameter: all zeros where backward never came to it.
    const Tensor analytic = t.has_grad(*p) ? t.grad(*p) : Tensor::zeros(p->value().shape());
    std::vector<Real> numeric(p->value().size());
    // YOUR CODE 2: numeric[j], the central difference of `loss` in element j. Leave the parameter as it was.
    for (Index j = 0; j < p->value().size(); ++j) {
      const Real x = p->value()[j], h = 1e-5 * std::max(Real(1), std::abs(x));
      p->mutable_value()[j] = x + h;
      const Real up = loss(f, c);
      p->mutable_value()[j] = x - h;
      const Real down = loss(f, c);
      p->mutable_value()[j] = x;
      numeric[j] = (up - down) / (2 * h);
    }
    // YOUR CODE 3: return false where an element of the two differs by too much. Relative to what?
    Real s = 0;
    for (Index j = 0; j < analytic.size(); ++j) s = std::max({s, std::abs(analytic[j]), std::abs(numeric[j])});
    for (Index j = 0; j < analytic.size(); ++j)
      if (!(std::abs(analytic[j] - numeric[j]) <= 1e-6 * s)) return false;
  }
  return true;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
