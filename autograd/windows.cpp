#include "autograd/windows.h"

#include <algorithm>
#include <cstring>

namespace gradus::inline GRADUS_REAL {
namespace {

// A row of windows is short (14 values in a small network), and a copy of unknown length costs more than the values. So
// rows are copied in steps of sixteen values, past their end: the next row, which is copied later, overwrites the rest.
// Both memories have room for one step behind their end.
constexpr Index copy_step = 16;

// to (rows, n) <- from, its rows `down` values apart and its values `right`.
void copy_rows(const Real* from, Index rows, Index down, Index n, Index right, Real* to) {
  if (right > 1) {
    for (Index y = 0; y < rows; ++y, from += down, to += n)
      for (Index x = 0; x < n; ++x) to[x] = from[x * right];
  } else if (n <= copy_step) {
    for (Index y = 0; y < rows; ++y, from += down, to += n) std::memcpy(to, from, copy_step * sizeof(Real));
  } else {
    for (Index y = 0; y < rows; ++y, from += down, to += n)
      for (Index x = 0; x < n; x += copy_step) std::memcpy(to + x, from + x, copy_step * sizeof(Real));
  }
}

}  // namespace

Index Windows::band() const {
  return std::clamp<Index>((96 + across() - 1) / std::max<Index>(across(), 1), 1, std::max<Index>(down(), 1));
}

Index Windows::bands() const {
  return (down() + band() - 1) / band();
}

Index Windows::gather_space() const {
  return C * band_height(band()) * padded_width() + copy_step;
}

Index Windows::columns_space() const {
  return values() * band() * across() + copy_step;
}

void Windows::gather(const Real* image, Index from, Index rows, Real* space, Real* columns) const {
  const Index width = padded_width(), height = band_height(rows), top = from * stride - padding;
  for (Index c = 0; c < C; ++c)  // the band with its border of zeros
    for (Index y = 0; y < height; ++y) {
      Real* row = space + (c * height + y) * width;
      if (top + y < 0 || top + y >= H) {
        std::fill_n(row, width, Real(0));
      } else {
        std::fill_n(row, padding, Real(0));
        std::copy_n(image + (c * H + top + y) * W, W, row + padding);
        std::fill_n(row + padding + W, padding, Real(0));
      }
    }
  const Index n = across();
  Real* to = columns;
  for (Index c = 0; c < C; ++c)
    for (Index ky = 0; ky < kH; ++ky)
      for (Index kx = 0; kx < kW; ++kx, to += rows * n)
        copy_rows(space + (c * height + ky) * width + kx, rows, stride * width, n, stride, to);
}

void Windows::scatter(const Real* columns, Index channels, Real* space, Real* image, bool add) const {
  const Index width = padded_width(), n = across();
  const Real* from = columns;
  for (Index c = 0; c < channels; ++c) {
    std::fill_n(space, scatter_space(), Real(0));
    for (Index ky = 0; ky < kH; ++ky)
      for (Index kx = 0; kx < kW; ++kx)
        for (Index y = 0; y < down(); ++y, from += n) {
          Real* row = space + (y * stride + ky) * width + kx;
          if (stride == 1)
            for (Index x = 0; x < n; ++x) row[x] += from[x];
          else
            for (Index x = 0; x < n; ++x) row[x * stride] += from[x];
        }
    for (Index y = 0; y < H; ++y) {
      const Real* row = space + (y + padding) * width + padding;
      Real* to = image + (c * H + y) * W;
      for (Index x = 0; x < W; ++x) to[x] = add ? to[x] + row[x] : row[x];
    }
  }
}

}  // namespace gradus::inline GRADUS_REAL
