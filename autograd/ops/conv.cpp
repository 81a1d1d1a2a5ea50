// Convolution of images.
#include <algorithm>

#include "autograd/direct_conv.h"
#include "autograd/parallel.h"
#include "autograd/recording.h"
#include "autograd/sum_rows.h"
#include "autograd/vector.h"

namespace gradus::inline GRADUS_REAL {
namespace {

// x (N, C, H, W),  W (C_out, C, kH, kW),  b (C_out)  ->  y (N, C_out, H_out, W_out). With s the stride, p the padding:
//   y[n, o, i, j] = b[o] + sum over c, ky, kx of W[o, c, ky, kx] x[n, c, i s + ky - p, j s + kx - p]
// where x is 0 outside the image.
struct Conv2d final : Node {
  Frame windows;  // on x
  Index padding = 0;

  const char* op() const override { return "conv2d"; }
  const char* formula() const override { return "y = b + sum of W x over each window"; }

  Index images() const { return value.shape()[0]; }
  Index out() const { return value.shape()[1]; }                 // C_out
  Index count() const { return windows.down * windows.across; }  // P, windows on an image
  Index area() const { return windows.kH * windows.kW; }

  // to(n) = (or +=) the convolution of image n of `from` for all n. With few images each is cut in two bands of rows,
  // so that there is work for two threads; a value does not depend on how.
  void convolve_images(const Frame& f, const Real* from, const Weights& w, const Real* bias, Index channels, Real* to,
                       bool add) {
    const Index band = images() < 8 ? std::max<Index>(2, (f.down + 3) / 4 * 2) : std::max<Index>(1, f.down);
    const Index bands = (f.down + band - 1) / band, items = images() * bands, plane = f.down * f.across;
    Tensor packed = scratch({packed_size(f, channels)});
    pack(f, w, channels, bias, packed.data());
    Tensor memory = scratch({group_count(items), f.band(0, band).size()});
    parallel_groups(threads(), items, [&](Index g, Index item) {
      const Index n = item / bands, first = item % bands * band;
      const Frame part = f.band(first, std::min(band, f.down - first));
      Real* frame = memory.data() + g * memory.shape()[1];
      part.copy(from + n * f.C * f.H * f.W, frame);
      convolve(part, frame, packed.data(), channels, to + n * channels * plane + first * f.across, plane, add);
    });
  }

  void forward() override {
    const Weights W = {in(1).data(), windows.C * area(), area(), false};
    convolve_images(windows, in(0).data(), W, in(2).data(), out(), value.data(), false);
  }

  // G = dL/dy (N, C_out, H_out, W_out).  From dL = sum(G * dy), each sum over all that stands on its right alone:
  //   dL/dx[n, c, y, x]   = sum over o, ky, kx of W[o, c, ky, kx] G[n, o, (y + p - ky) / s, (x + p - kx) / s]
  //   dL/dW[o, c, ky, kx] = sum over n, i, j of G[n, o, i, j] x[n, c, i s + ky - p, j s + kx - p]
  //   dL/db[o]            = sum over n, i, j of G[n, o, i, j]
  // where G is 0 at what is no window: outside of it, and where a quotient is no whole number.
  void backward() override {
    if (needs(0)) input_gradient();
    if (needs(1)) weight_gradient();
    if (needs(2)) bias_gradient();
  }

  // A convolution as well, with stride 1. G' is G with s - 1 zeros between its pixels, and W' is W turned around with o
  // and c exchanged, W'[c, o, ky, kx] = W[o, c, kH - 1 - ky, kW - 1 - kx]:
  //   dL/dx[n, c, y, x] = sum over o, ky, kx of W'[c, o, ky, kx] G'[n, o, y + ky - (kH - 1 - p), x + kx - (kW - 1 - p)]
  void input_gradient() {
    const Frame& w = windows;
    const Frame spread = {.C = out(),
                          .H = w.down,
                          .W = w.across,
                          .top = w.kH - 1 - padding,
                          .left = w.kW - 1 - padding,
                          .spread = w.stride,
                          .kH = w.kH,
                          .kW = w.kW,
                          .stride = 1,
                          .down = w.H,
                          .across = w.W};
    const Weights turned = {in(1).data(), area(), w.C * area(), true};
    const Target to = target(0);
    convolve_images(spread, grad.data(), turned, nullptr, w.C, to.grad->data(), to.add);
  }

  // Each group of images has a sum of its own, (kH C kW, C_out) with rows of whole vectors; added up at the end.
  void weight_gradient() {
    const Target to = target(1);
    const Index groups = group_count(images()), rows = weight_rows(windows), P = count();
    const Index C_out = out(), wide = whole_vectors(C_out);
    Tensor sums = scratch({groups, rows * wide}), total = scratch({rows, wide});
    Tensor memory = scratch({groups, windows.size() + P * wide});
    sums.fill(0);
    parallel_groups(threads(), images(), [&](Index g, Index n) {
      Real *frame = memory.data() + g * memory.shape()[1], *G = frame + windows.size();
      windows.copy(in(0).data() + n * in(0).shape().stride(0), frame);
      transpose(grad.data() + n * C_out * P, C_out, P, P, G, wide);
      add_weight_sums(windows, frame, G, wide, sums.data() + g * rows * wide);
    });
    sum_rows(sums.data(), groups, total, false, threads());
    Real* dW = to.grad->data();
    for (Index o = 0; o < C_out; ++o)
      for (Index c = 0; c < windows.C; ++c)
        for (Index ky = 0; ky < windows.kH; ++ky)
          for (Index kx = 0; kx < windows.kW; ++kx, ++dW) {
            const Real sum = total[((ky * windows.C + c) * windows.kW + kx) * wide + o];
            *dW = to.add ? *dW + sum : sum;
          }
  }

  void bias_gradient() {
    const Target to = target(2);
    const Index P = count();
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
  const Shape padded = {image[2] + 2 * padding, image[3] + 2 * padding};
  if (w[2] < 1 || w[3] < 1 || w[2] > padded[0] || w[3] > padded[1])
    in.fail("expected windows of at least one pixel and no larger than the padded image " + padded.str() + ", got " +
            Shape{w[2], w[3]}.str());
  const Index down = (padded[0] - w[2]) / stride + 1, across = (padded[1] - w[3]) / stride + 1;
  Conv2d& n = in.make<Conv2d>({image[0], w[0], down, across});
  n.windows = {.C = image[1],
               .H = image[2],
               .W = image[3],
               .top = padding,
               .left = padding,
               .spread = 1,
               .kH = w[2],
               .kW = w[3],
               .stride = stride,
               .down = down,
               .across = across};
  n.padding = padding;
  return in.run(n);
}

}  // namespace gradus::inline GRADUS_REAL
