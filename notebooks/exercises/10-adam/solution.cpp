// Exercise 10: Adam. README.md beside this file tells what to do.
#include "exercise.h"

#include <cmath>

namespace gradus {
inline namespace GRADUS_REAL {

void MyAdam::step(const Tape& t) {
  const Parameters& moving = t.moving();
  m.resize(moving.size());
  v.resize(moving.size());
  ++steps;
  for (std::size_t i = 0; i < moving.size(); ++i) {
    Parameter& p = *moving[i];
    const Tensor& g = t.grad(p);
    Tensor& value = p.mutable_value();
    m[i].resize(value.size(), 0);
    v[i].resize(value.size(), 0);
    for (Index j = 0; j < value.size(); ++j) {
      // YOUR CODE: m[i][j] and v[i][j], the means of g[j] and of its square; both corrected for their start at zero; value[j].
      m[i][j] = beta1 * m[i][j] + (1 - beta1) * g[j];
      v[i][j] = beta2 * v[i][j] + (1 - beta2) * g[j] * g[j];
      const double m_hat = m[i][j] / (1 - std::pow(beta1, steps));
      const double v_hat = v[i][j] / (1 - std::pow(beta2, steps));
      value[j] -= lr * m_hat / (std::sqrt(v_hat) + eps);
    }
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
