// Exercise 08: convolution. README.md beside this file tells what to do.
#include "exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// y_oij = sum over c, r, s of x_c,i+r,j+s w_ocrs.  x (C, H, W), w (O, C, R, S), y (O, I, J), I = H - R + 1, J = W - S + 1.
struct MyConv final : Exercise {
  const char* op() const override { return "my_conv"; }
  const char* formula() const override { return "y_oij = sum over c, r, s of x_c,i+r,j+s w_ocrs"; }
  const char* derivative() const override { return "dL/dw = ?, dL/dx = ?"; }

  Index C() const { return in(0).shape()[0]; }
  Index H() const { return in(0).shape()[1]; }
  Index W() const { return in(0).shape()[2]; }
  Index O() const { return in(1).shape()[0]; }
  Index R() const { return in(1).shape()[2]; }
  Index S() const { return in(1).shape()[3]; }
  Index I() const { return value.shape()[1]; }
  Index J() const { return value.shape()[2]; }

  Real x(Index c, Index u, Index v) const { return in(0)[(c * H() + u) * W() + v]; }
  Real w(Index o, Index c, Index r, Index s) const { return in(1)[((o * C() + c) * R() + r) * S() + s]; }
  // G = dL/dy, and 0 outside of y's rows and columns.
  Real G(Index o, Index i, Index j) const {
    return i < 0 || i >= I() || j < 0 || j >= J() ? 0 : grad[(o * I() + i) * J() + j];
  }

  void forward() override {
    ++forward_runs;
    for (Index o = 0; o < O(); ++o)
      for (Index i = 0; i < I(); ++i)
        for (Index j = 0; j < J(); ++j) {
          Real sum = 0;
          for (Index c = 0; c < C(); ++c)
            for (Index r = 0; r < R(); ++r)
              for (Index s = 0; s < S(); ++s) sum += x(c, i + r, j + s) * w(o, c, r, s);
          value[(o * I() + i) * J() + j] = sum;
        }
  }

  void backward() override {
    ++backward_runs;
    // Each lambda is asked for one element; its place among the axes is worked out from its number.
    accumulate(0, [&](Index n) { return to_image(n / (H() * W()), n / W() % H(), n % W()); });
    accumulate(
        1, [&](Index n) { return to_kernel(n / (C() * R() * S()), n / (R() * S()) % C(), n / S() % R(), n % S()); });
  }

  // dL/dw_ocrs
  Real to_kernel(Index o, Index c, Index r, Index s) const {
    // YOUR CODE 1
    (void)o, (void)c, (void)r, (void)s;
    starting_point();
  }

  // dL/dx_cuv, row u and column v of channel c
  Real to_image(Index c, Index u, Index v) const {
    // YOUR CODE 2
    (void)c, (void)u, (void)v;
    starting_point();
  }
};

Var my_conv(Operand x, Operand w) {
  const Inputs in("my_conv", {x, w});
  const Shape &a = in.shape(0), &b = in.shape(1);
  if (a.rank() != 3 || b.rank() != 4 || a[0] != b[1] || b[2] > a[1] || b[3] > a[2])
    in.fail("expected an image (C, H, W) and kernels (O, C, R, S) that are not larger, got " + in.shapes());
  return in.run(in.make<MyConv>({b[0], a[1] - b[2] + 1, a[2] - b[3] + 1}));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
