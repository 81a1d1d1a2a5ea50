// Exercise 03: broadcasting backward. README.md beside this file tells what to do.
#include "exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// y_nc = x_nc s_c.  x (N, C), s (C), y (N, C). The one s is used in every row: it is broadcast.
struct MyScale final : Exercise {
  const char* op() const override { return "my_scale"; }
  const char* formula() const override { return "y = x s, s for each row"; }
  const char* derivative() const override { return "dL/dx = G s, dL/ds = sum over n of G x"; }

  Index N() const { return value.shape()[0]; }
  Index C() const { return value.shape()[1]; }

  void forward() override {
    ++forward_runs;
    for (Index n = 0; n < N(); ++n)
      for (Index c = 0; c < C(); ++c) value[n * C() + c] = in(0)[n * C() + c] * in(1)[c];
  }

  // G = dL/dy (N, C), here `grad`. accumulate(i, g) gives input i the gradient whose element j is g(j).
  void backward() override {
    ++backward_runs;
    const Tensor &x = in(0), &s = in(1);
    // YOUR CODE 1: element j of dL/dx (N, C). It is in column j % C().
    accumulate(0, [&](Index j) { return grad[j] * s[j % C()]; });
    // YOUR CODE 2: element c of dL/ds (C).
    accumulate(1, [&](Index c) {
      Real sum = 0;
      for (Index n = 0; n < N(); ++n) sum += grad[n * C() + c] * x[n * C() + c];
      return sum;
    });
  }
};

Var my_scale(Operand x, Operand s) {
  const Inputs in("my_scale", {x, s});
  if (in.shape(0).rank() != 2 || in.shape(1) != Shape{in.shape(0)[1]})
    in.fail("expected x (N, C) and s (C), got " + in.shapes());
  return in.run(in.make<MyScale>(in.shape(0)));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
