// What the kernels compute, as plain loops: their specification. Nothing in the library calls them; the tests compare the
// kernels with them, and a debugger can step through every multiplication.
#pragma once

#include <algorithm>
#include <cmath>

#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace naive {

// C = A B:   c(m, n) = sum over k of a(m, k) b(k, n).   A (M, K), B (K, N), C (M, N).   product.h
inline Tensor product(const Tensor& a, const Tensor& b) {
  const Index M = a.shape()[0], K = a.shape()[1], N = b.shape()[1];
  Tensor c(Shape{M, N});
  for (Index m = 0; m < M; ++m)
    for (Index n = 0; n < N; ++n) {
      double sum = 0;
      for (Index k = 0; k < K; ++k) sum += static_cast<double>(a[m * K + k]) * static_cast<double>(b[k * N + n]);
      c[m * N + n] = static_cast<Real>(sum);
    }
  return c;
}

// body(from, to, weight) for all that is multiplied in a convolution: the places of x(n, c, i stride + ky - padding,
// j stride + kx - padding) in x (N, C, H, W), of y(n, o, i, j) in y (N, C_out, H_out, W_out), and of w(o, c, ky, kx) in
// w (C_out, C, kH, kW). What lies outside the image is left out.
template <class Body>
void each_of_windows(const Shape& x, const Shape& y, const Shape& w, Index stride, Index padding, const Body& body) {
  for (Index n = 0; n < y[0]; ++n)
    for (Index o = 0; o < y[1]; ++o)
      for (Index i = 0; i < y[2]; ++i)
        for (Index j = 0; j < y[3]; ++j)
          for (Index c = 0; c < w[1]; ++c)
            for (Index ky = 0; ky < w[2]; ++ky)
              for (Index kx = 0; kx < w[3]; ++kx) {
                const Index row = i * stride + ky - padding, column = j * stride + kx - padding;
                if (row < 0 || row >= x[2] || column < 0 || column >= x[3]) continue;
                body(((n * x[1] + c) * x[2] + row) * x[3] + column, ((n * y[1] + o) * y[2] + i) * y[3] + j,
                     ((o * w[1] + c) * w[2] + ky) * w[3] + kx);
              }
}

// y(n, o, i, j) = b(o) + sum over c, ky, kx of w(o, c, ky, kx) x(n, c, i stride + ky - padding, ...).   conv.h
inline Tensor convolve(const Tensor& x, const Tensor& w, const Tensor& b, Index stride, Index padding) {
  const Shape &X = x.shape(), &W = w.shape();
  Tensor y(Shape{X[0], W[0], (X[2] + 2 * padding - W[2]) / stride + 1, (X[3] + 2 * padding - W[3]) / stride + 1});
  const Index plane = y.shape().inner(1);
  for (Index i = 0; i < y.size(); ++i) y[i] = b[i / plane % W[0]];
  each_of_windows(X, y.shape(), W, stride, padding, [&](Index from, Index to, Index k) { y[to] += w[k] * x[from]; });
  return y;
}

// Its gradients, of x, w and b, added to dx, dw and db; G = dL/dy.   conv.h
inline void convolve_backward(const Tensor& x, const Tensor& w, const Tensor& G, Index stride, Index padding,
                              Tensor& dx, Tensor& dw, Tensor& db) {
  each_of_windows(x.shape(), G.shape(), w.shape(), stride, padding, [&](Index from, Index to, Index k) {
    dx[from] += G[to] * w[k];
    dw[k] += G[to] * x[from];
  });
  for (Index i = 0; i < G.size(); ++i) db[i / G.shape().inner(1) % G.shape()[1]] += G[i];
}

// y_i = exp(x_i - m) / sum over j of exp(x_j - m) in each row of the last axis, m its largest.   rows.h
inline Tensor softmax_rows(const Tensor& x) {
  const Index n = x.shape()[-1];
  Tensor y(x.shape());
  for (Index r = 0; r < x.size(); r += n) {
    const Real m = *std::max_element(x.data() + r, x.data() + r + n);
    Real sum = 0;
    for (Index i = r; i < r + n; ++i) sum += y[i] = std::exp(x[i] - m);
    for (Index i = r; i < r + n; ++i) y[i] /= sum;
  }
  return y;
}

// Where value i of a tensor of shape `large` stands in one of shape `small`, which broadcasts to it.
inline Index place(const Shape& small, const Shape& large, Index i) {
  Index at = 0;
  for (int axis = -1; axis >= -small.rank(); --axis) {
    if (small[axis] != 1) at += i % large[axis] * small.inner(small.rank() + axis);
    i /= large[axis];
  }
  return at;
}

// y = x, repeated along the axes where it has size 1 or none.   layout.h
inline Tensor expand(const Tensor& x, const Shape& shape) {
  Tensor y(shape);
  for (Index i = 0; i < y.size(); ++i) y[i] = x[place(x.shape(), shape, i)];
  return y;
}

// The opposite: y = x, summed over the axes along which y would be repeated.   layout.h, sums.h
inline Tensor sum_to(const Tensor& x, const Shape& shape) {
  Tensor y = Tensor::zeros(shape);
  for (Index i = 0; i < x.size(); ++i) y[place(shape, x.shape(), i)] += x[i];
  return y;
}

// y = x with axis i of y being axis order[i] of x.   layout.h
inline Tensor permute_axes(const Tensor& x, const int* order) {
  Shape shape = x.shape();
  for (int i = 0; i < shape.rank(); ++i) shape = shape.with(i, x.shape()[order[i]]);
  Tensor y(shape);
  for (Index i = 0; i < y.size(); ++i) {
    Index from = 0, rest = i;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      from += rest % shape[axis] * x.shape().inner(order[axis]);
      rest /= shape[axis];
    }
    y[i] = x[from];
  }
  return y;
}

}  // namespace naive
}  // namespace GRADUS_REAL
}  // namespace gradus
