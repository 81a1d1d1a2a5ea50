// Pooling of images: each window of size x size pixels becomes one value.
#include <cstdint>
#include <new>

#include "autograd/eigen_view.h"
#include "autograd/recording.h"

namespace gradus::inline GRADUS_REAL {
namespace {

// x (N, C, H, W) -> y (N, C, H_out, W_out), H_out = H / size and W_out = W / size rounded down. What does not fill a
// window at the right and at the bottom is left out, and its gradient is 0.
struct Pool : Node {
  Index size = 1;

  Index planes() const { return value.shape()[0] * value.shape()[1]; }
  Index H() const { return in(0).shape()[2]; }
  Index W() const { return in(0).shape()[3]; }
  Index down() const { return value.shape()[2]; }
  Index across() const { return value.shape()[3]; }

  // For every row of windows: body(the first pixel of x under it, the first of its values in y).
  template <class Body>
  void for_rows(const Body& body) const {
    parallel_for(value.size() < 4096 ? 1 : threads(), planes(), [&](Index plane) {
      for (Index y = 0; y < down(); ++y) body(plane * H() * W() + y * size * W(), (plane * down() + y) * across());
    });
  }

  // dL/dx: zero where `add` does not say that something is there already; the windows add to it.
  Real* cleared(const Target& to) const {
    if (!to.add) to.grad->fill(0);
    return to.grad->data();
  }
};

// y = the largest of x in the window. size is a template argument where it is the usual 2, so that its loops unroll.
struct MaxPool2d final : Pool {
  std::uint16_t* largest = nullptr;  // for every window, which pixel: ky size + kx

  const char* op() const override { return "max_pool2d"; }
  const char* formula() const override { return "y = the largest x in each window"; }

  void forward() override {
    // Two bytes a window, in memory of the pool.
    const auto per_value = static_cast<Index>(sizeof(Real) / sizeof(std::uint16_t));
    Tensor memory = scratch({(value.size() + per_value - 1) / per_value});
    largest = new (memory.data()) std::uint16_t[as_size(value.size())];
    if (size == 2)
      find<2>();
    else
      find<0>();
  }

  template <int Size>
  void find() {
    const Index side = Size > 0 ? Size : size, width = W();
    for_rows([&](Index from, Index to) {
      const Real* x = in(0).data() + from;
      for (Index i = 0; i < across(); ++i) {
        Real most = x[i * side];
        int which = 0;
        for (Index k = 1; k < side * side; ++k) {
          const Real v = x[k / side * width + i * side + k % side];
          const bool larger = v > most || v != v;  // a NaN stays, as in PyTorch
          most = larger ? v : most;
          which = larger ? static_cast<int>(k) : which;
        }
        value[to + i] = most;
        largest[to + i] = static_cast<std::uint16_t>(which);
      }
    });
  }

  // dL/dx = G at the window's largest pixel, 0 at the others.
  void backward() override {
    if (!needs(0)) return;
    Real* dx = cleared(target(0));
    const Index width = W();
    for_rows([&](Index to, Index from) {
      for (Index i = 0; i < across(); ++i) {
        const Index k = largest[from + i];
        dx[to + k / size * width + i * size + k % size] += grad[from + i];
      }
    });
  }
};

// y = the mean of x over the window
struct AvgPool2d final : Pool {
  const char* op() const override { return "avg_pool2d"; }
  const char* formula() const override { return "y = the mean of x over each window"; }

  Real share() const { return Real(1) / static_cast<Real>(size * size); }

  void forward() override {
    for_rows([&](Index from, Index to) {
      const Real* x = in(0).data() + from;
      for (Index i = 0; i < across(); ++i) {
        Real sum = 0;
        for (Index ky = 0; ky < size; ++ky)
          for (Index kx = 0; kx < size; ++kx) sum += x[ky * W() + i * size + kx];
        value[to + i] = sum * share();
      }
    });
  }

  // dL/dx = G / size^2 at every pixel of the window.
  void backward() override {
    if (!needs(0)) return;
    Real* dx = cleared(target(0));
    for_rows([&](Index to, Index from) {
      for (Index ky = 0; ky < size; ++ky)
        for (Index i = 0; i < across(); ++i)
          for (Index kx = 0; kx < size; ++kx) dx[to + ky * W() + i * size + kx] += grad[from + i] * share();
    });
  }
};

template <class P>
Var pool(const Inputs& in, int size) {
  const Shape& x = in.shape(0);
  if (x.rank() != 4) in.fail("expected x (N, C, H, W), got " + x.str());
  if (size < 1 || size > 256) in.fail("expected windows of 1 to 256 pixels a side, got " + std::to_string(size));
  if (size > x[2] || size > x[3])
    in.fail("expected windows no larger than the image " + Shape{x[2], x[3]}.str() + ", got " +
            Shape{size, size}.str());
  P& n = in.make<P>({x[0], x[1], x[2] / size, x[3] / size});
  n.size = size;
  return in.run(n);
}

}  // namespace

Var max_pool2d(Operand x, int size) {
  return pool<MaxPool2d>(Inputs("max_pool2d", {x}), size);
}

Var avg_pool2d(Operand x, int size) {
  return pool<AvgPool2d>(Inputs("avg_pool2d", {x}), size);
}

}  // namespace gradus::inline GRADUS_REAL
