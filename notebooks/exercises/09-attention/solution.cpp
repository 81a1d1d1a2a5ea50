// Exercise 09: attention. README.md beside this file tells what to do.
#include "exercise.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gradus {
inline namespace GRADUS_REAL {

// s_ij = q_i . k_j / sqrt(hs),  p_i = softmax(s_i) over the visible j,  y_i = sum over j of p_ij v_j.  q, k, v, y (T, hs).
struct MyAttention final : Exercise {
  const char* op() const override { return "my_attention"; }
  const char* formula() const override { return "y = softmax(q k^T / sqrt(hs), causal) v"; }
  const char* derivative() const override {
    return "dL/dv = p^T G, D = p (G v^T - sum of p G v^T), dL/dq = D k / sqrt(hs), dL/dk = D^T q / sqrt(hs)";
  }

  Index T() const { return value.shape()[0]; }
  Index hs() const { return value.shape()[1]; }
  Real scale() const { return 1 / std::sqrt(static_cast<Real>(hs())); }

  std::vector<Real> p;  // (T, T), kept by forward for backward; 0 for what may not be seen

  // The inner product of row i of a and row j of b.
  Real dot(const Tensor& a, Index i, const Tensor& b, Index j) const {
    Real sum = 0;
    for (Index d = 0; d < hs(); ++d) sum += a[i * hs() + d] * b[j * hs() + d];
    return sum;
  }

  // How many keys query i may see. They are the first ones: 0, 1, ...
  Index visible(Index i) const {
    // YOUR CODE 1: a token may look at itself and at what came before, never at what comes after.
    return i + 1;
  }

  void forward() override {
    ++forward_runs;
    p.assign(T() * T(), 0);
    for (Index i = 0; i < T(); ++i) {
      Real largest = -HUGE_VAL, sum = 0;
      for (Index j = 0; j < visible(i); ++j)
        largest = std::max(largest, p[i * T() + j] = dot(in(0), i, in(1), j) * scale());
      for (Index j = 0; j < visible(i); ++j) sum += p[i * T() + j] = std::exp(p[i * T() + j] - largest);
      for (Index j = 0; j < visible(i); ++j) p[i * T() + j] /= sum;
      for (Index d = 0; d < hs(); ++d) {
        Real y = 0;
        for (Index j = 0; j < visible(i); ++j) y += p[i * T() + j] * in(2)[j * hs() + d];
        value[i * hs() + d] = y;
      }
    }
  }

  // D_ij = dL/ds_ij: through y_i to p_i, and through the softmax of row i to s_i. G = dL/dy (T, hs), here `grad`.
  Real D(Index i, Index j) const {
    // YOUR CODE 2. dL/dp_ij is dot(grad, i, in(2), j).
    Real mean = 0;
    for (Index k = 0; k < visible(i); ++k) mean += p[i * T() + k] * dot(grad, i, in(2), k);
    return p[i * T() + j] * (dot(grad, i, in(2), j) - mean);
  }

  void backward() override {
    ++backward_runs;
    // YOUR CODE 3: dL/dq (T, hs), its element (i, d).
    accumulate(0, [&](Index n) {
      const Index i = n / hs(), d = n % hs();
      Real sum = 0;
      for (Index j = 0; j < visible(i); ++j) sum += D(i, j) * in(1)[j * hs() + d] * scale();
      return sum;
    });
    // YOUR CODE 4: dL/dk (T, hs), its element (j, d). Which queries see key j?
    accumulate(1, [&](Index n) {
      const Index j = n / hs(), d = n % hs();
      Real sum = 0;
      for (Index i = j; i < T(); ++i) sum += D(i, j) * in(0)[i * hs() + d] * scale();
      return sum;
    });
    // YOUR CODE 5: dL/dv (T, hs), its element (j, d).
    accumulate(2, [&](Index n) {
      const Index j = n / hs(), d = n % hs();
      Real sum = 0;
      for (Index i = j; i < T(); ++i) sum += p[i * T() + j] * grad[i * hs() + d];
      return sum;
    });
  }
};

Var my_attention(Operand q, Operand k, Operand v) {
  const Inputs in("my_attention", {q, k, v});
  const Shape& s = in.shape(0);
  if (s.rank() != 2 || in.shape(1) != s || in.shape(2) != s)
    in.fail("expected q, k and v of one shape (T, hs), got " + in.shapes());
  return in.run(in.make<MyAttention>(s));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
