// Convolution of images.
#include <algorithm>

#include "autograd/kernels/conv.h"
#include "autograd/kernels/parallel.h"
#include "autograd/kernels/sums.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// x (N, C, H, W),  W (C_out, C, kH, kW),  b (C_out)  ->  y (N, C_out, H_out, W_out). With s the stride, p the padding:
//   y[n, o, i, j] = b[o] + sum over c, ky, kx of W[o, c, ky, kx] x[n, c, i s + ky - p, j s + kx - p]
// where x is 0 outside the image.
struct Conv2dOp final : Node {
  Windows windows;

  const char* op() const override { return "conv2d"; }
  const char* formula() const override { return "y = b + sum of W x over each window"; }
  const char* derivative() const override {
    return "dL/dx = sum of G W over the windows that a pixel is in, dL/dW = sum of G x over all windows, dL/db = sum of G over images and windows";
  }

  Flops flops() const override {
    const double one = 2.0 * static_cast<double>(value.size() * windows.C * windows.area());
    return {one, one * (needs(0) + needs(1))};
  }

  bool has_bias() const { return inputs.size() == 3; }
  Index images() const { return value.shape()[0]; }
  Index out() const { return value.shape()[1]; }  // C_out

  // With few images each is cut in two, so that there is work for two threads; a value does not depend on how.
  Index parts() const { return images() < 8 ? 2 : 1; }
  Index items() const { return images() * parts(); }

  void forward() override {
    const Index band = std::max<Index>(1, (windows.down + parts() - 1) / parts()), C_out = out();
    Tensor memory = scratch({group_count(items()), PaddedImage(windows, 0, band).size()}),
           packed = scratch({packed_size(windows, C_out)});
    Tensor zeros = scratch({has_bias() ? 0 : C_out});
    zeros.fill(0);
    pack(windows, in(1).data(), has_bias() ? in(2).data() : zeros.data(), C_out, packed.data());
    parallel_groups(threads(), items(), [&](Index g, Index item) {
      const Index n = item / parts(), first = std::min(windows.down, item % parts() * band);
      const PaddedImage f(windows, first, std::min(band, windows.down - first));
      Real* frame = row(memory, g);
      f.copy(in(0).data() + n * in(0).shape().stride(0), frame);
      Real* y = value.data() + n * C_out * windows.count() + first * windows.across;
      convolve(f, frame, packed.data(), C_out, y, windows.count());
    });
  }

  // G = dL/dy (N, C_out, H_out, W_out).  From dL = sum(G * dy), with y as above: a product W x of the sum for y gives
  // G W to dL/dx, and G x to dL/dW.
  //   dL/dx[n, c, y, x]   = sum of G[n, o, i, j] W[o, c, ky, kx] over o, i, j, ky, kx
  //                         with i s + ky - p = y and j s + kx - p = x
  //   dL/dW[o, c, ky, kx] = sum of G[n, o, i, j] x[n, c, i s + ky - p, j s + kx - p] over n, i, j
  //   dL/db[o]            = sum of G[n, o, i, j] over n, i, j
  void backward() override {
    if (needs(0)) input_gradient();
    if (needs(1)) weight_gradient();
    if (has_bias() && needs(2)) bias_gradient();
  }

  // Of an image in parts, each computes some rows of pixels.
  void input_gradient() {
    const Pixels p(windows);
    const std::vector<Index> channels = active_channels();
    const Target to = target(0);
    Tensor weights = scratch({out(), p.window}), memory = scratch({group_count(items()), p.size()});
    for (const Index o : channels) {
      const Real* from = in(1).data() + o * p.C * p.area();
      Real* W = row(weights, o);
      std::fill_n(W, p.window, Real(0));
      for_weights(p, [&](Index i, Index j) { W[j] = from[i]; });
    }
    parallel_groups(threads(), items(), [&](Index group, Index item) {
      const Index n = item / parts(), part = item % parts();
      const Index first = part * p.H / parts(), end = (part + 1) * p.H / parts();
      Real* pixels = row(memory, group);
      std::fill_n(pixels, p.size(), Real(0));
      add_input_gradient(p, weights.data(), G(n, 0), channels, first, end, pixels);
      p.copy_back(pixels, first, end, to.grad->data() + n * p.C * p.H * p.W, to.add);
    });
  }

  // Of an image in parts, each computes the weights of some channels o. Each group has sums of its own, which are added
  // up at the end.
  void weight_gradient() {
    const Pixels p(windows);
    const std::vector<Index> channels = active_channels();
    const Target to = target(1);
    const Index groups = group_count(items()), count = std::ssize(channels);
    Tensor memory = scratch({groups, p.size()}), sums = scratch({groups, out() * p.window});
    sums.fill(0);
    parallel_groups(threads(), items(), [&](Index group, Index item) {
      const Index n = item / parts(), part = item % parts();
      const auto first = channels.begin() + part * count / parts(),
                 end = channels.begin() + (part + 1) * count / parts();
      p.copy(in(0).data() + n * p.C * p.H * p.W, row(memory, group));
      add_weight_gradient(p, row(memory, group), G(n, 0), {first, end}, row(sums, group));
    });
    Tensor total = scratch({out(), p.window});
    sum_rows(sums.data(), groups, total, false, threads());
    parallel_for(threads(), out(), [&](Index o) {
      const Real* from = row(total, o);
      Real* dW = to.grad->data() + o * p.C * p.area();
      for_weights(p, [&](Index i, Index j) { assign_or_add(dW[i], to.add, from[j]); });
    });
  }

  static Real* row(Tensor& t, Index i) { return t.data() + i * t.shape()[1]; }
  const Real* G(Index n, Index o) const { return grad.data() + (n * out() + o) * windows.count(); }

  // The channels o with a gradient that is not 0. Where all but one are empty, as often in maximization, most of the
  // work falls away.
  std::vector<Index> active_channels() const {
    std::vector<Index> found;
    for (Index o = 0; o < out(); ++o)
      if (active(o)) found.push_back(o);
    return found;
  }
  bool active(Index o) const {
    for (Index n = 0; n < images(); ++n)
      if (std::any_of(G(n, o), G(n, o) + windows.count(), not_zero)) return true;
    return false;
  }
  static bool not_zero(Real g) { return g != 0; }

  // body(i, j): weight i of (C, kH, kW), and j where it stands for the kernels
  template <class Body>
  static void for_weights(const Pixels& p, const Body& body) {
    Index i = 0;
    for (Index c = 0; c < p.C; ++c)
      for (Index ky = 0; ky < p.kH; ++ky)
        for (Index kx = 0; kx < p.kW; ++kx, ++i) body(i, p.weight(c, ky, kx));
  }

  void bias_gradient() {
    const Target to = target(2);
    parallel_for(threads(), out(), [&](Index o) {
      Real sum = 0;
      for (Index n = 0; n < images(); ++n) sum += sum_of(windows.count(), [g = G(n, o)](Index i) { return g[i]; });
      assign_or_add((*to.grad)[o], to.add, sum);
    });
  }
};

Var conv2d_node(const Inputs& in, int stride, int padding) {
  const Shape &image = in.shape(0), &w = in.shape(1);
  if (image.rank() != 4 || w.rank() != 4 || image[1] != w[1])
    in.fail("expected x (N, C, H, W) and weight (C_out, C, kH, kW), got " + image.str() + " and " + w.str());
  if (in.count() == 3 && in.shape(2) != Shape{w[0]})
    in.fail("expected a bias of shape " + Shape{w[0]}.str() + " for weight " + w.str() + ", got " + in.shape(2).str());
  if (stride < 1 || padding < 0)
    in.fail("expected a stride of 1 or more and a padding of 0 or more, got stride " + std::to_string(stride) +
            " and padding " + std::to_string(padding));
  const Index height = image[2] + 2 * Index{padding}, width = image[3] + 2 * Index{padding};
  const std::string padded = "(" + std::to_string(height) + ", " + std::to_string(width) + ")";
  if (w[2] < 1 || w[3] < 1 || w[2] > height || w[3] > width)
    in.fail("expected windows of at least one pixel and no larger than the padded image " + padded + ", got " +
            Shape{w[2], w[3]}.str());
  // The kernels copy an image with its padding, and with room for strides up to three times as much.
  constexpr Index most = Shape::max_size / 4;
  if (static_cast<double>(std::max<Index>(image[1], 1)) * static_cast<double>(height) * static_cast<double>(width) >
      most)
    in.fail("expected at most " + std::to_string(most) + " values in an image with its padding, got " +
            std::to_string(image[1]) + " channels of " + padded);
  const Index step = std::min<Index>(stride, std::max(height, width));  // a longer one reaches nothing more
  const Index down = (height - w[2]) / step + 1, across = (width - w[3]) / step + 1;
  Conv2dOp& n = in.make<Conv2dOp>(in.shaped([&] { return Shape{image[0], w[0], down, across}; }));
  n.windows = {.C = image[1],
               .H = image[2],
               .W = image[3],
               .padding = padding,
               .kH = w[2],
               .kW = w[3],
               .stride = step,
               .down = down,
               .across = across};
  return in.run(n);
}

}  // namespace

Var conv2d(Operand x, Operand weight, Operand bias, int stride, int padding) {
  return conv2d_node(Inputs("conv2d", {x, weight, bias}), stride, padding);
}

Var conv2d(Operand x, Operand weight, int stride, int padding) {
  return conv2d_node(Inputs("conv2d", {x, weight}), stride, padding);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
