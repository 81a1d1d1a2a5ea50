// The windows of an image that a convolution looks at, written beside each other as the columns of a matrix ("im2col"),
// and the way back. A convolution is then a product of matrices. Internal.
#pragma once

#include "autograd/tensor.h"

namespace gradus::inline GRADUS_REAL {

// An image (C, H, W) with a border of `padding` zeros, and windows of kH x kW on it, `stride` pixels apart.
// Window (y, x) has its upper left corner at pixel (y stride - padding, x stride - padding).
struct Windows {
  Index C, H, W, kH, kW, stride, padding;

  Index down() const { return (H + 2 * padding - kH) / stride + 1; }    // H_out: windows below each other
  Index across() const { return (W + 2 * padding - kW) / stride + 1; }  // W_out: windows beside each other
  Index count() const { return down() * across(); }
  Index values() const { return C * kH * kW; }  // in one window

  // Work is cut into bands of whole rows of windows, of about a hundred windows: enough for a product to be fast, few
  // enough for one image to keep two threads busy, and for a band's columns to stay in the second cache.
  Index band() const;  // rows of windows in a band; the last band may have fewer
  Index bands() const;

  // columns (C kH kW, rows W_out) <- image: row (c, ky, kx), column (y - from, x) is the padded image's pixel
  // (c, y stride + ky, x stride + kx), for y = from ... from + rows - 1. `space` is room to work in.
  void gather(const Real* image, Index from, Index rows, Real* space, Real* columns) const;
  Index gather_space() const;  // values, for one band
  Index columns_space() const;

  // The transpose of gather, for `channels` channels and all windows: image (channels, H, W) <- columns (channels kH
  // kW, H_out W_out), each pixel the sum of what stands for it in the columns; added to the image where `add`.
  void scatter(const Real* columns, Index channels, Real* space, Real* image, bool add) const;
  Index scatter_space() const { return padded_height() * padded_width(); }

 private:
  Index padded_height() const { return H + 2 * padding; }
  Index padded_width() const { return W + 2 * padding; }
  Index band_height(Index rows) const { return (rows - 1) * stride + kH; }  // pixels that so many rows of windows see
};

}  // namespace gradus::inline GRADUS_REAL
