// Exercise 07: layer norm. README.md beside this file tells what to do.
#include "exercise.h"

#include <cmath>
#include <vector>

namespace gradus {
inline namespace GRADUS_REAL {

// For each row of x (N, C):   z_c = (x_c - mean) r,   r = 1 / sqrt(variance + 1e-5),   y_c = z_c w_c + b_c
// mean = sum of x_c / C,  variance = sum of (x_c - mean)^2 / C
struct MyLayerNorm final : Exercise {
  const char* op() const override { return "my_layer_norm"; }
  const char* formula() const override { return "y = z w + b, z = (x - mean) r, r = 1 / sqrt(variance + 1e-5)"; }
  const char* derivative() const override { return "dL/dx = ?, dL/dw = ?, dL/db = ?"; }

  Index N() const { return value.shape()[0]; }
  Index C() const { return value.shape()[1]; }

  std::vector<Real> z, r;  // kept by forward for backward: z (N, C), r (N)

  void forward() override {
    ++forward_runs;
    z.assign(N() * C(), 0);
    r.assign(N(), 0);
    for (Index n = 0; n < N(); ++n) {
      const Real* x = in(0).data() + n * C();
      Real mean = 0, variance = 0;
      for (Index c = 0; c < C(); ++c) mean += x[c] / static_cast<Real>(C());
      for (Index c = 0; c < C(); ++c) variance += (x[c] - mean) * (x[c] - mean) / static_cast<Real>(C());
      r[n] = 1 / std::sqrt(variance + Real(1e-5));
      for (Index c = 0; c < C(); ++c) {
        z[n * C() + c] = (x[c] - mean) * r[n];
        value[n * C() + c] = z[n * C() + c] * in(1)[c] + in(2)[c];
      }
    }
  }

  // G = dL/dy (N, C), here `grad`.
  void backward() override {
    ++backward_runs;
    [[maybe_unused]] const Tensor& w = in(1);
    // YOUR CODE 1: dL/dx (N, C). It needs means over row n.
    accumulate(0, [&](Index j) -> Real {
      [[maybe_unused]] const Index n = j / C(), c = j % C();
      starting_point();
    });
    // YOUR CODE 2: dL/dw (C).
    accumulate(1, [&](Index) -> Real { starting_point(); });
    // YOUR CODE 3: dL/db (C).
    accumulate(2, [&](Index) -> Real { starting_point(); });
  }
};

Var my_layer_norm(Operand x, Operand w, Operand b) {
  const Inputs in("my_layer_norm", {x, w, b});
  const Shape& s = in.shape(0);
  if (s.rank() != 2 || in.shape(1) != Shape{s[1]} || in.shape(2) != Shape{s[1]})
    in.fail("expected x (N, C), w (C) and b (C), got " + in.shapes());
  return in.run(in.make<MyLayerNorm>(s));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
