// Convolution of images, as products with the matrix of all windows.
#include "autograd/eigen_view.h"
#include "autograd/product.h"
#include "autograd/recording.h"
#include "autograd/sum_rows.h"
#include "autograd/windows.h"

namespace gradus::inline GRADUS_REAL {
namespace {

// Y_n = W U_n + b 1^T for every image n, with U_n the matrix whose columns are the windows of x_n.
// x (N, C, H, W),  W (C_out, K) with K = C kH kW the values of a window,  b (C_out, 1),  U_n (K, P) with P = H_out
// W_out the number of windows,  1 (P, 1) a column of ones,  Y (N, C_out, P). Written out:
//   y[n, o, y, x] = b[o] + sum over c, ky, kx of W[o, c, ky, kx] x[n, c, y stride + ky - padding, x stride + kx -
//   padding]
// where x is 0 outside the image.
struct Conv2d final : Node {
  Windows windows;

  const char* op() const override { return "conv2d"; }
  const char* formula() const override { return "Y_n = W windows(x_n) + b"; }

  Index images() const { return value.shape()[0]; }
  Index out() const { return value.shape()[1]; }                        // C_out
  Factor W() const { return {in(1).data(), out(), windows.values()}; }  // (C_out, K)
  Factor G(Index n, Index from, Index count) const {                    // dL/dY_n, at some windows: (C_out, count)
    return {grad.data() + n * out() * windows.count() + from, out(), count, windows.count()};
  }

  // For every band of windows of every image: body(group, n, first window, how many, U_n's columns for them).
  template <class Body>
  void for_bands(const Body& body) const {
    const Index items = images() * windows.bands();
    const Index space = (windows.gather_space() + 15) / 16 * 16, columns_space = windows.columns_space();
    Tensor memory = scratch({group_count(items), space + (columns_space + 15) / 16 * 16});
    parallel_groups(threads(), items, [&](Index g, Index item) {
      const Index n = item / windows.bands(), from = item % windows.bands() * windows.band();
      const Index rows = std::min(windows.band(), windows.down() - from), count = rows * windows.across();
      Real* room = memory.data() + g * memory.shape()[1];
      windows.gather(in(0).data() + n * in(0).shape().stride(0), from, rows, room, room + space);
      body(g, n, from * windows.across(), count, Factor(room + space, windows.values(), count));
    });
  }

  void forward() override {
    for_bands([&](Index, Index n, Index from, Index count, const Factor& U) {
      Real* to = value.data() + n * out() * windows.count() + from;
      for (Index o = 0; o < out(); ++o) std::fill_n(to + o * windows.count(), count, in(2)[o]);
      product(W(), U, to, windows.count(), true, 1);
    });
  }

  // G_n = dL/dY_n (C_out, P).  From dL = sum over n of sum(G_n * dY_n) and dY_n = dW U_n + W dU_n + db 1^T:
  //   dL/dW   = sum over n of G_n U_n^T   (C_out, P)(P, K) -> (C_out, K)
  //   dL/dU_n = W^T G_n                   (K, C_out)(C_out, P) -> (K, P); each pixel gets the sum over its places in
  //   U_n dL/db   = sum over n of G_n 1
  void backward() override {
    if (needs(0)) input_gradient();
    if (needs(1)) weight_gradient();
    if (needs(2)) bias_gradient();
  }

  void input_gradient() {
    const Target to = target(0);
    // Channels are dealt out as well: those of one image to several threads, each writing its own. About 192 rows of U.
    const Index C = windows.C, area = windows.kH * windows.kW, P = windows.count();
    const Index parts = std::clamp<Index>(windows.values() / 192, 1, std::max<Index>(C, 1)), items = images() * parts;
    const Index most = (C + parts - 1) / parts * area * P;
    Tensor memory = scratch({group_count(items), most + windows.scatter_space()});
    parallel_groups(threads(), items, [&](Index g, Index item) {
      const Index n = item / parts, part = item % parts, first = part * C / parts;
      const Index channels = (part + 1) * C / parts - first;
      Real* dU = memory.data() + g * memory.shape()[1];
      const Factor some(in(1).data() + first * area, out(), channels * area, windows.values());  // those channels of W
      product(some.t(), G(n, 0, P), dU, P, false, 1);
      windows.scatter(dU, channels, dU + most, to.grad->data() + (n * C + first) * windows.H * windows.W, to.add);
    });
  }

  void weight_gradient() {
    const Index size = in(1).size();
    const Index count = group_count(images() * windows.bands());
    Tensor sums = scratch({count, size});  // one for each group, added up at the end
    Tensor begun = scratch({count});
    begun.fill(0);
    for_bands([&](Index g, Index n, Index from, Index windows_here, const Factor& U) {
      product(G(n, from, windows_here), U.t(), sums.data() + g * size, windows.values(), begun[g] != 0, 1);
      begun[g] = 1;
    });
    const Target to = target(1);
    sum_rows(sums.data(), count, *to.grad, to.add, threads());
  }

  void bias_gradient() {
    const Target to = target(2);
    const Index P = windows.count();
    parallel_for(threads(), out(), [&](Index o) {
      Real sum = 0;
      for (Index n = 0; n < images(); ++n) {
        const Real* row = grad.data() + (n * out() + o) * P;
        sum += sum_of(P, [row](Index i) { return row[i]; });
      }
      (*to.grad)[o] = to.add ? (*to.grad)[o] + sum : sum;
    });
  }
};

}  // namespace

Var conv2d(Operand x, Operand weight, Operand bias, int stride, int padding) {
  const Inputs in("conv2d", {x, weight, bias});
  const Shape &image = in.shape(0), &w = in.shape(1);
  if (image.rank() != 4 || w.rank() != 4 || image[1] != w[1])
    in.fail("expected x (N, C, H, W) and weight (C_out, C, kH, kW), got " + image.str() + " and " + w.str());
  if (in.shape(2) != Shape{w[0]})
    in.fail("expected a bias of shape " + Shape{w[0]}.str() + " for weight " + w.str() + ", got " + in.shape(2).str());
  if (stride < 1 || padding < 0)
    in.fail("expected a stride of 1 or more and a padding of 0 or more, got stride " + std::to_string(stride) +
            " and padding " + std::to_string(padding));
  const Windows windows = {image[1], image[2], image[3], w[2], w[3], stride, padding};
  const Shape padded = {image[2] + 2 * padding, image[3] + 2 * padding};
  if (w[2] < 1 || w[3] < 1 || w[2] > padded[0] || w[3] > padded[1])
    in.fail("expected windows of at least one pixel and no larger than the padded image " + padded.str() + ", got " +
            Shape{w[2], w[3]}.str());
  Conv2d& n = in.make<Conv2d>({image[0], w[0], windows.down(), windows.across()});
  n.windows = windows;
  return in.run(n);
}

}  // namespace gradus::inline GRADUS_REAL
