#include <algorithm>

#include "autograd/kernels/conv.h"
#include "autograd/kernels/vector.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// A block of sums stays in registers: 14 pixels x 2 vectors of channels with 32 registers, 6 x 2 with 16.
constexpr Index block_pixels = many_registers ? 14 : 6, block_vectors = 2;

// Where a block is: windows x ... x + n - 1 of row y, and as many channels as its vectors have lanes, beginning with
// those of `packed` (rows `wide` values apart). Of them `channels` go to planes from `to` on.
struct Block {
  const Real *frame, *packed;
  const Index* taps;  // [ky kW + kx]: from a window's first pixel to another
  Index wide, y, x, n, channels;
  Real* to;
};

// A call of its own: inlined into the loops around it, it runs out of registers.
template <Index Pixels, Index Vectors>
[[gnu::noinline]] void convolve_block(const PaddedImage& f, const Block& b, Index plane) {
  const auto each = [](const auto& body) {
    unrolled<Pixels>([&](Index p) { unrolled<Vectors>([&](Index v) { body(p, v); }); });
  };
  Vector sum[Pixels][Vectors];
  each([&](Index p, Index v) { sum[p][v] = load(b.packed + v * lanes); });

  // Rows ky of the windows that see the border alone add nothing.
  const Index row = b.y * f.stride, above = std::max<Index>(0, f.top), below = std::min(f.rows(), f.top + f.H);
  const Index from = std::max<Index>(0, above - row) * f.kW, end = std::min(f.kH, below - row) * f.kW;
  for (Index c = 0; c < f.C; ++c) {
    const Real *in = b.frame + c * f.plane() + row * f.line() + b.x, *w = b.packed + (1 + c * f.area() + from) * b.wide;
    for (Index k = from; k < end; ++k, w += b.wide) {
      const Real* pixel = in + b.taps[k];
      Vector weights[Vectors];
      unrolled<Vectors>([&](Index v) { weights[v] = load(w + v * lanes); });
      each([&](Index p, Index v) { sum[p][v] += weights[v] * pixel[p]; });
    }
  }

  const Index begin = b.y * f.across + b.x;
  constexpr Index squares = (Pixels + lanes - 1) / lanes;
  unrolled<Vectors>([&](Index v) {
    unrolled<squares>([&](Index s) {
      const Index p = s * lanes;
      Vector square[lanes];  // behind the pixels the last one again
      unrolled<lanes>([&](Index i) { square[i] = sum[std::min(p + i, Pixels - 1)][v]; });
      transpose(square);
      for (Index o = 0; o < std::min(lanes, b.channels - v * lanes); ++o) {
        Real* to = b.to + (v * lanes + o) * plane + begin + p;
        if (begin + p + lanes <= f.count()) {
          store(square[o], to);  // past the block's end as well: what is there is stored later
        } else {
          Real values[lanes];
          store(square[o], values);
          std::copy_n(values, std::clamp<Index>(b.n - p, 0, lanes), to);
        }
      }
    });
  });
}

// The block for n pixels, or n + 1: an even number of them.
template <Index Vectors, Index Pixels = block_pixels>
auto block_of(Index n) {
  if constexpr (Pixels > 2)
    if (n <= Pixels - 2) return block_of<Vectors, Pixels - 2>(n);
  return &convolve_block<Pixels, Vectors>;
}

}  // namespace

PaddedImage::PaddedImage(const Windows& w, Index first, Index rows) : Windows(w), top(padding - first * stride) {
  down = rows;
}

void PaddedImage::copy(const Real* image, Real* frame) const {
  std::fill_n(frame, size(), Real(0));
  const Index begin = std::max<Index>(0, -top), end = std::min(H, rows() - top);
  const Index seen = std::min(W, (across - 1) * stride + kW - padding);  // what is right of the last window is not
  for (Index c = 0; c < C; ++c)
    for (Index y = begin; y < end; ++y) {
      const Real* from = image + (c * H + y) * W;
      Real* row = frame + c * plane() + (top + y) * line();
      if (stride == 1)
        std::copy_n(from, std::max<Index>(0, seen), row + padding);
      else
        for (Index x = 0; x < seen; ++x) row[column(padding + x)] = from[x];
    }
}

Index whole_vectors(Index n) {
  return rounded_up(n, lanes);
}

Index packed_size(const Windows& w, Index C_out) {
  return (1 + w.C * w.area()) * whole_vectors(C_out);
}

void pack(const Windows& w, const Real* weights, const Real* bias, Index C_out, Real* packed) {
  const Index wide = whole_vectors(C_out), depth = w.C * w.area();
  std::fill(std::copy_n(bias, C_out, packed), packed + wide, Real(0));
  transpose(weights, C_out, depth, depth, packed + wide, wide);
}

void convolve(const PaddedImage& f, const Real* frame, const Real* packed, Index C_out, Real* y, Index plane) {
  std::vector<Index> taps;
  for (Index ky = 0; ky < f.kH; ++ky)
    for (Index kx = 0; kx < f.kW; ++kx) taps.push_back(ky * f.line() + f.column(kx));
  const Index blocks = (f.across + block_pixels - 1) / block_pixels;  // of a row, about equally wide
  const Index pixels = rounded_up((f.across + blocks - 1) / blocks, 2), wide = whole_vectors(C_out);
  for (Index o = 0; o < wide; o += block_vectors * lanes)
    for (Index i = 0; i < f.down; ++i)
      for (Index j = 0; j < f.across; j += pixels) {
        const Index n = std::min(pixels, f.across - j);
        const auto compute = wide - o > lanes ? block_of<block_vectors>(n) : block_of<1>(n);
        compute(f, {frame, packed + o, taps.data(), wide, i, j, n, C_out - o, y + o * plane}, plane);
      }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
