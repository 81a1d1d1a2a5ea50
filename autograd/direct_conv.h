// Convolution straight from a copy of the image with its border of zeros: the matrix of all windows is never built.
// Internal; ops/conv.cpp says how the gradients are convolutions too.
#pragma once

#include "autograd/tensor.h"

namespace gradus::inline GRADUS_REAL {

// An image (C, H, W) in a frame of zeros, and down x across windows of kH x kW on it, `stride` pixels apart.
//   frame(c, top + y spread, left + x spread) = image(c, y, x),  and 0 elsewhere.
// A negative top or left cuts off pixels, and so does the frame's end.
struct Frame {
  Index C, H, W;       // the image
  Index top, left;     // pixels of border
  Index spread;        // pixels from one of the image's to the next: 1, or more with zeros between them
  Index kH, kW;        // a window
  Index stride;        // pixels from one window to the next
  Index down, across;  // windows below and beside each other

  // In memory a row's columns are sorted by x mod stride, so that what neighbouring windows see is side by side:
  // column x of a row stands at x mod stride * run() + x / stride. There is room for whole vectors and blocks of rows.
  Index run() const;
  Index line() const { return run() * stride; }
  Index rows() const;
  Index plane() const { return rows() * line(); }
  Index size() const { return C * plane(); }

  // The windows' rows y = first ... first + rows - 1 alone.
  Frame band(Index first, Index rows) const;
  // The frame's rows first_row() ... end_row() - 1 are the ones that hold pixels.
  Index first_row() const;
  Index end_row() const;

  void copy(const Real* image, Real* frame) const;
};

// Weights W(o, c, ky, kx) in memory. `turned` around, they enter as W(o, c, kH - 1 - ky, kW - 1 - kx).
struct Weights {
  const Real* data;
  Index out, in;  // from one o to the next, from one c to the next
  bool turned;
};

// The weights as convolve() reads them: those of one pixel and all channels o side by side, wide = whole_vectors(o's).
//   packed(0, o) = bias(o), or 0 without one (nullptr),  packed(1 + (c kH + ky) kW + kx, o) = W(o, c, ky, kx)
void pack(const Frame& f, const Weights& w, Index channels, const Real* bias, Real* packed);
Index packed_size(const Frame& f, Index channels);
Index whole_vectors(Index n);  // n rounded up to whole vectors

// to(o, y, x) = bias(o) + sum over c, ky, kx of W(o, c, ky, kx) frame(c, y stride + ky, x stride + kx),
// for `channels` channels o, whose planes are `plane` values apart in `to`; to += where `add`.
void convolve(const Frame& f, const Real* frame, const Real* packed, Index channels, Real* to, Index plane, bool add);

// The gradient of the weights: sums(k, o) += sum over y, x of frame(c, y stride + ky, x stride + kx) G(y, x, o),
// with k = (ky C + c) kW + kx, G (down, across, wide) and sums (weight_rows(f), wide). wide = whole_vectors(C_out).
void add_weight_sums(const Frame& f, const Real* frame, const Real* G, Index wide, Real* sums);
Index weight_rows(const Frame& f);  // kH C kW, rounded up to whole blocks; the rest of the rows means nothing

}  // namespace gradus::inline GRADUS_REAL
