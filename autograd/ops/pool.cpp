// Pooling of images: each window of size x size pixels becomes one value.
#include <cmath>
#include <cstdint>
#include <new>

#include "autograd/kernels/eigen_view.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// x (N, C, H, W) -> y (N, C, H_out, W_out), H_out = (H - size) / stride + 1 rounded down, W_out likewise. What does not
// fill a window at the right and at the bottom is left out, and its gradient is 0. (Padding is an op before this one.)
struct Pool : Node {
  Index size = 1, stride = 1;

  struct Row {            // a row of windows:
    Index pixel, window;  // where it begins in x, where in y
  };
  Index across() const { return value.shape()[3]; }
  Index width() const { return in(0).shape()[3]; }

  // body(row) for every row of windows. Before the first row of a plane, dL/dx is set to zero there where it is given
  // and holds nothing yet.
  template <class Body>
  void for_rows(const Target& dx, const Body& body) const {
    const Index planes = value.shape()[0] * value.shape()[1], pixels = in(0).shape()[2] * width();
    const Index down = value.shape()[2], n = across(), step = stride * width();
    parallel_for(value.size() < 4096 ? 1 : threads(), planes, [&](Index plane) {
      if (dx.grad && !dx.add) std::fill_n(dx.grad->data() + plane * pixels, pixels, Real(0));
      for (Index y = 0; y < down; ++y) body(Row{plane * pixels + y * step, (plane * down + y) * n});
    });
  }
};

// y = the largest of x in the window. Side is the size and the stride if both are 2: loops unroll, nothing is divided. Else it is 0.
struct MaxPool2d final : Pool {
  std::uint16_t* largest = nullptr;  // for every window, which pixel: ky size + kx

  const char* op() const override { return "max_pool2d"; }
  const char* formula() const override { return "y = the largest x in each window"; }
  const char* derivative() const override { return "dL/dx = G at the largest x of the window, else 0"; }

  void forward() override {
    // Two bytes a window, in memory of the pool.
    const auto per_value = static_cast<Index>(sizeof(Real) / sizeof(std::uint16_t));
    Tensor memory = scratch({(value.size() + per_value - 1) / per_value});
    largest = new (memory.data()) std::uint16_t[value.size()];
    size == 2 && stride == 2 ? find<2>() : find<0>();
  }

  // Without a branch on which pixel is larger: it cannot be predicted, and a wrong guess costs more than the window.
  template <int Side>
  void find() {
    const Index n = across(), W = width();
    const int side = Side > 0 ? Side : static_cast<int>(size);
    const Index step = Side > 0 ? Side : stride;
    for_rows({}, [&](Row r) {
      for (Index i = 0; i < n; ++i) {
        const Real* x = in(0).data() + r.pixel + i * step;
        Real most = x[0];
        int which = 0;
        for (int k = 1; k < side * side; ++k) {
          const Real v = x[k / side * W + k % side];
          const int larger = v > most;
          which += larger * (k - which);
          most = v > most ? v : most;
          if (std::isnan(v)) {  // a NaN stays, as in PyTorch
            most = v;
            which = k;
          }
        }
        value[r.window + i] = most;
        largest[r.window + i] = static_cast<std::uint16_t>(which);
      }
    });
  }

  void backward() override { size == 2 && stride == 2 ? pass<2>() : pass<0>(); }

  // dL/dx = G at the window's largest pixel, 0 at the others.
  template <int Side>
  void pass() {
    const Target to = target(0);
    const Index n = across(), W = width();
    const int side = Side > 0 ? Side : static_cast<int>(size);
    const Index step = Side > 0 ? Side : stride;
    for_rows(to, [&](Row r) {
      Real* dx = to.grad->data() + r.pixel;
      const Real* G = grad.data() + r.window;
      for (Index i = 0; i < n; ++i) {
        const int k = largest[r.window + i];
        dx[k / side * W + i * step + k % side] += G[i];
      }
    });
  }
};

// y = the mean of x over the window
struct AvgPool2d final : Pool {
  const char* op() const override { return "avg_pool2d"; }
  const char* formula() const override { return "y = the mean of x over each window"; }
  const char* derivative() const override { return "dL/dx = G / size^2 at every pixel of the window"; }

  Real share() const { return Real(1) / static_cast<Real>(size * size); }

  void forward() override {
    const Index side = size, step = stride, n = across(), W = width();
    const Real part = share();
    for_rows({}, [&](Row r) {
      Real* y = value.data() + r.window;
      std::fill_n(y, n, Real(0));
      for (Index k = 0; k < side * side; ++k) {
        const Real* x = in(0).data() + r.pixel + k / side * W + k % side;
        for (Index i = 0; i < n; ++i) y[i] += x[i * step] * part;
      }
    });
  }

  // dL/dx = G / size^2 at every pixel of the window.
  void backward() override {
    const Target to = target(0);
    const Index side = size, step = stride, n = across(), W = width();
    const Real part = share();
    for_rows(to, [&](Row r) {
      const Real* G = grad.data() + r.window;
      for (Index k = 0; k < side * side; ++k) {
        Real* dx = to.grad->data() + r.pixel + k / side * W + k % side;
        for (Index i = 0; i < n; ++i) dx[i * step] += G[i] * part;
      }
    });
  }
};

template <class P>
Var pool(const char* op, const Operand& x, int size, int stride, int padding, double filling) {
  const Inputs in(op, {x});
  const Shape& s = in.shape(0);
  if (s.rank() != 4) in.fail("expected x (N, C, H, W), got " + s.str());
  if (size < 1 || size > 256) in.fail("expected windows of 1 to 256 pixels a side, got " + std::to_string(size));
  if (stride < 0 || padding < 0 || padding > size / 2)
    in.fail("expected a stride of 0 or more and a padding of 0 to half the window, got stride " +
            std::to_string(stride) + ", padding " + std::to_string(padding) + " and windows of " +
            std::to_string(size));
  if (padding > 0) {
    const Var rows = pad(x, 2, padding, padding, filling);
    return pool<P>(op, {pad({rows, x.at}, 3, padding, padding, filling), x.at}, size, stride, 0, filling);
  }
  if (size > s[2] || size > s[3])
    in.fail("expected windows no larger than the image " + Shape{s[2], s[3]}.str() + ", got " +
            Shape{size, size}.str());
  const Index step = stride == 0 ? size : std::min<Index>(stride, std::max(s[2], s[3]));
  P& n = in.make<P>({s[0], s[1], (s[2] - size) / step + 1, (s[3] - size) / step + 1});
  n.size = size;
  n.stride = step;
  return in.run(n);
}

}  // namespace

Var max_pool2d(Operand x, int size, int stride, int padding) {
  return pool<MaxPool2d>("max_pool2d", x, size, stride, padding, -HUGE_VAL);
}

Var avg_pool2d(Operand x, int size, int stride, int padding) {
  return pool<AvgPool2d>("avg_pool2d", x, size, stride, padding, 0);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
