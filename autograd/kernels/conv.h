// The kernels of a convolution: forward window by window of the image, backward value by value of the gradient. The
// matrix of all windows is never built. Internal; ops/conv.cpp has the formulas.
#pragma once

#include <vector>

#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Windows of kH x kW on an image (C, H, W) with `padding` rows and columns of zeros around it, `stride` pixels apart:
// down x across of them.
struct Windows {
  Index C, H, W;
  Index padding;
  Index kH, kW;
  Index stride;
  Index down, across;

  Index area() const { return kH * kW; }
  Index count() const { return down * across; }
};

// Forward. The image in a frame of zeros: frame(c, padding + y, padding + x) = image(c, y, x).
struct PaddedImage : Windows {
  Index top;  // rows above the image: padding, or less, or cut off (negative), in a band of an image

  // The windows' rows first ... first + rows - 1 alone.
  PaddedImage(const Windows& w, Index first, Index rows);

  // In memory a row's columns are sorted by x mod stride, so that what neighbouring windows see is side by side:
  // column x of a row stands at x mod stride * run() + x / stride. There is room for blocks of windows.
  Index column(Index x) const { return x % stride * run() + x / stride; }
  Index run() const { return across + 1 + (kW - 1) / stride; }
  Index line() const { return run() * stride; }
  Index rows() const { return (down - 1) * stride + kH; }
  Index plane() const { return rows() * line(); }
  Index size() const { return C * plane(); }

  void copy(const Real* image, Real* frame) const;
};

Index whole_vectors(Index n);  // n rounded up to whole vectors

// The weights W(o, c, ky, kx) as convolve() reads them: those of one pixel and all C_out channels o side by side.
//   packed(0, o) = bias(o),  packed(1 + (c kH + ky) kW + kx, o) = W(o, c, ky, kx),  rows of whole_vectors(C_out)
void pack(const Windows& w, const Real* weights, const Real* bias, Index C_out, Real* packed);
Index packed_size(const Windows& w, Index C_out);

// y(o, i, j) = bias(o) + sum over c, ky, kx of W(o, c, ky, kx) frame(c, i stride + ky, j stride + kx),
// for all channels o, whose planes are `plane` values apart in y.
void convolve(const PaddedImage& f, const Real* frame, const Real* packed, Index C_out, Real* y, Index plane);

// Backward. The image with its border, channel last, so that a row of a window is kW x C values side by side:
//   pixels(padding + y, padding + x, c) = image(c, y, x).
// The weights of a channel o stand like a window, (kH, kW, C), each row filled up with zeros to whole vectors.
struct Pixels : Windows {
  Index line;    // a row of pixels
  Index run;     // a window's row, in whole vectors
  Index window;  // kH of them

  explicit Pixels(const Windows& w);
  Index size() const { return (H + 2 * padding) * line + run; }
  Index first(Index i, Index j) const { return i * stride * line + j * stride * C; }  // where a window begins
  Index weight(Index c, Index ky, Index kx) const { return ky * run + kx * C + c; }   // where it stands

  void copy(const Real* image, Real* pixels) const;
  // image = (or +=) the pixels, in its rows [first, end)
  void copy_back(const Real* pixels, Index first, Index end, Real* image, bool add) const;
};

// G(o, i, j) of an image is all that backward multiplies with, and behind ReLU and max_pool2d four values in five are
// 0. What these would be multiplied with is left out, even where it is infinite or NaN.
//
// sums(o, ky, kx, c) += sum over i, j of G(o, i, j) pixels(i stride + ky, j stride + kx, c), for some channels o.
void add_weight_gradient(const Pixels& p, const Real* pixels, const Real* G, const std::vector<Index>& channels,
                         Real* sums);

// pixels(i stride + ky, j stride + kx, c) += sum over some channels o of G(o, i, j) weights(o, ky, kx, c), in the
// image's rows [first, end).
void add_input_gradient(const Pixels& p, const Real* weights, const Real* G, const std::vector<Index>& channels,
                        Index first, Index end, Real* pixels);

}  // namespace GRADUS_REAL
}  // namespace gradus
