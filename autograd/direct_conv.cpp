#include "autograd/direct_conv.h"

#include <algorithm>
#include <vector>

#include "autograd/vector.h"

namespace gradus::inline GRADUS_REAL {
namespace {

// A block of sums stays in registers: 14 pixels x 2 vectors of channels with 32 registers, 6 x 2 with 16. With fewer
// channels than half a vector has lanes, 4 rows x a vector of pixels, one channel at a time.
constexpr Index block_pixels = many_registers ? 14 : 6, block_vectors = 2;
constexpr Index plane_rows = 4;
constexpr Index weight_block = many_registers ? 10 : 5, weight_vectors = 2;

// Pixel x of a row, in a frame's memory.
Index column(const Frame& f, Index x) {
  return x % f.stride * f.run() + x / f.stride;
}

// Where a window's values are in a frame.
struct Places {
  std::vector<Index> channels;  // without those that are 0 everywhere: they add nothing
  std::vector<Index> pixels;    // [ky kW + kx]: from a window's first pixel to another

  // In maximization the gradient of all channels but one is often 0, and this saves most of the step.
  Places(const Frame& f, const Real* frame) {
    for (Index c = 0; c < f.C; ++c) {
      const Real* plane = frame + c * f.plane();
      if (std::any_of(plane, plane + f.plane(), [](Real v) { return v != 0; })) channels.push_back(c);
    }
    for (Index ky = 0; ky < f.kH; ++ky)
      for (Index kx = 0; kx < f.kW; ++kx) pixels.push_back(ky * f.line() + column(f, kx));
  }
};

// The windows of a row y, or of `count` rows: where they are in a frame, and their taps [from, end) that see pixels in
// one of those rows. Rows ky of the windows that see the border alone add nothing.
struct Rows {
  const Frame& f;
  Index next, begin, from, end;

  Rows(const Frame& frame, Index y, Index count)
      : f(frame),
        next(f.stride * f.line()),
        begin(y * next),
        from(std::max<Index>(0, f.first_row() - (y + count - 1) * f.stride) * f.kW),
        end(std::min(f.kH, f.end_row() - y * f.stride) * f.kW) {}
  const Real* in(const Real* frame, Index c) const { return frame + c * f.plane() + begin; }
};

// Where sums go: to planes of `channels` channels, `plane` values apart.
struct Output {
  Real* to;
  Index plane, channels;
  bool add;
};

// `n` values in a row of pixels, of which `size` are left in the plane. A whole vector is stored where that does no
// harm: what it spoils is stored later.
void put(const Vector& v, Real* to, Index n, Index size, bool add) {
  if (!add && lanes <= size) return store(v, to);
  Real values[lanes];
  store(v, values);
  for (Index i = 0; i < n; ++i) to[i] = add ? to[i] + values[i] : values[i];
}

// Pixels x, ..., x + n - 1 of row y, for as many channels as `Vectors` have lanes. A call of its own: inlined into the
// loops around it, it runs out of registers.
template <Index Pixels, Index Vectors>
[[gnu::noinline]] void convolve_channels(const Frame& f, const Real* frame, const Places& at, const Real* W, Index wide,
                                         const Output& out, Index y, Index x, Index n) {
  Vector sum[Pixels][Vectors];
  for (Index v = 0; v < Vectors; ++v)
    for (Index p = 0; p < Pixels; ++p) sum[p][v] = load(W + v * lanes);

  const Rows rows(f, y, 1);
  for (const Index c : at.channels) {
    const Real *in = rows.in(frame, c) + x, *w = W + (1 + c * f.kH * f.kW + rows.from) * wide;
    for (Index k = rows.from; k < rows.end; ++k, w += wide) {
      const Real* pixel = in + at.pixels[as_size(k)];
      Vector weights[Vectors];
      for (Index v = 0; v < Vectors; ++v) weights[v] = load(w + v * lanes);
      for (Index p = 0; p < Pixels; ++p)
        for (Index v = 0; v < Vectors; ++v) sum[p][v] += weights[v] * pixel[p];
    }
  }

  const Index begin = y * f.across + x, size = f.down * f.across;
  for (Index v = 0; v < Vectors; ++v)
    for (Index p = 0; p < Pixels; p += lanes) {
      Vector square[lanes] = {};
      for (Index i = 0; i < std::min(lanes, Pixels - p); ++i) square[i] = sum[p + i][v];
      transpose(square);
      for (Index o = 0; o < std::min(lanes, out.channels - v * lanes); ++o)
        put(square[o], out.to + (v * lanes + o) * out.plane + begin + p, std::min(lanes, n - p), size - begin - p,
            out.add);
    }
}

// One channel, rows y ... y + plane_rows - 1 and as many pixels as a vector has lanes.
[[gnu::noinline]] void convolve_plane(const Frame& f, const Real* frame, const Places& at, const Real* W, Index wide,
                                      const Output& out, Index y, Index x) {
  Vector sum[plane_rows];
  for (Vector& s : sum) s = Vector{} + W[0];

  const Rows rows(f, y, plane_rows);
  for (const Index c : at.channels) {
    const Real *in = rows.in(frame, c) + x, *w = W + (1 + c * f.kH * f.kW + rows.from) * wide;
    for (Index k = rows.from; k < rows.end; ++k, w += wide)
      for (Index r = 0; r < plane_rows; ++r) sum[r] += load(in + at.pixels[as_size(k)] + r * rows.next) * *w;
  }

  const Index size = f.down * f.across;
  for (Index r = 0; r < std::min(plane_rows, f.down - y); ++r) {
    const Index begin = (y + r) * f.across + x;
    put(sum[r], out.to + begin, std::min(lanes, f.across - x), size - begin, out.add);
  }
}

// The block for n pixels, or n + 1: an even number of them.
template <Index Vectors, Index Pixels = block_pixels>
auto block_of(Index n) {
  if constexpr (Pixels > 2)
    if (n <= Pixels - 2) return block_of<Vectors, Pixels - 2>(n);
  return &convolve_channels<Pixels, Vectors>;
}

// `weight_block` rows k of the sums and some of their vectors; pixel[j] is where the first window sees value k + j.
template <Index Vectors>
void weight_sums_block(const Frame& f, const Real* frame, const Index* pixel, Index from, Index end, const Real* G,
                       Index wide, Real* sums) {
  Vector sum[weight_block][Vectors];
  for (Index j = 0; j < weight_block; ++j)
    for (Index v = 0; v < Vectors; ++v) sum[j][v] = load(sums + j * wide + v * lanes);

  const Index across = f.across;
  for (Index y = from; y < end; ++y) {
    const Real* in[weight_block];
    for (Index j = 0; j < weight_block; ++j) in[j] = frame + y * f.stride * f.line() + pixel[j];
    const Real* g = G + y * across * wide;
    for (Index x = 0; x < across; ++x, g += wide) {
      Vector out[Vectors];
      for (Index v = 0; v < Vectors; ++v) out[v] = load(g + v * lanes);
      for (Index j = 0; j < weight_block; ++j) {
        const Real value = in[j][x];
        for (Index v = 0; v < Vectors; ++v) sum[j][v] += out[v] * value;
      }
    }
  }

  for (Index v = 0; v < Vectors; ++v)
    for (Index j = 0; j < weight_block; ++j) store(sum[j][v], sums + j * wide + v * lanes);
}

}  // namespace

Index Frame::run() const {
  return rounded_up(across, lanes) + (kW - 1) / stride;
}

Index Frame::rows() const {
  return (rounded_up(down, plane_rows) - 1) * stride + kH;
}

Index Frame::first_row() const {
  return std::max<Index>(0, top);
}

Index Frame::end_row() const {
  return std::min(rows(), top + (H - 1) * spread + 1);
}

Frame Frame::band(Index first, Index count) const {
  Frame part = *this;
  part.top -= first * stride;
  part.down = count;
  return part;
}

void Frame::copy(const Real* image, Real* frame) const {
  std::fill_n(frame, size(), Real(0));
  for (Index c = 0; c < C; ++c)
    for (Index y = 0; y < H; ++y, image += W) {
      const Index at = top + y * spread;
      if (at < 0 || at >= rows()) continue;
      Real* row = frame + c * plane() + at * line();
      if (spread == 1 && stride == 1) {
        const Index begin = std::max<Index>(0, -left), end = std::min(W, line() - left);
        if (begin < end) std::copy(image + begin, image + end, row + left + begin);
      } else {
        for (Index x = 0; x < W; ++x) {
          const Index to = left + x * spread;
          if (to >= 0 && to < line()) row[column(*this, to)] = image[x];
        }
      }
    }
}

Index whole_vectors(Index n) {
  return rounded_up(n, lanes);
}

Index packed_size(const Frame& f, Index channels) {
  return (1 + f.C * f.kH * f.kW) * whole_vectors(channels);
}

void pack(const Frame& f, const Weights& w, Index channels, const Real* bias, Real* packed) {
  const Index wide = whole_vectors(channels), taps = f.kH * f.kW;
  std::fill_n(packed, wide, Real(0));
  if (bias) std::copy_n(bias, channels, packed);
  for (Index c = 0; c < f.C; ++c) {
    const Real* from = w.data + c * w.in;
    Real *first = packed + (1 + c * taps) * wide, *last = first + (taps - 1) * wide;
    transpose(from, channels, taps, w.out, w.turned ? last : first, w.turned ? -wide : wide);
  }
}

void convolve(const Frame& f, const Real* frame, const Real* W, Index channels, Real* to, Index plane, bool add) {
  const Places at(f, frame);
  const Index wide = whole_vectors(channels);
  if (2 * channels <= lanes) {
    for (Index o = 0; o < channels; ++o)
      for (Index y = 0; y < f.down; y += plane_rows)
        for (Index x = (f.across - 1) / lanes * lanes; x >= 0; x -= lanes)  // a row's end spoils the row below
          convolve_plane(f, frame, at, W + o, wide, {to + o * plane, plane, 1, add}, y, x);
    return;
  }
  const Index blocks = (f.across + block_pixels - 1) / block_pixels;  // of a row, about equally wide
  const Index pixels = rounded_up((f.across + blocks - 1) / blocks, 2);
  for (Index o = 0; o < wide; o += block_vectors * lanes) {
    const Output out = {to + o * plane, plane, channels - o, add};
    for (Index y = 0; y < f.down; ++y)
      for (Index x = 0; x < f.across; x += pixels) {
        const Index n = std::min(pixels, f.across - x);
        const auto compute = wide - o > lanes ? block_of<block_vectors>(n) : block_of<1>(n);
        compute(f, frame, at, W + o, wide, out, y, x, n);
      }
  }
}

Index weight_rows(const Frame& f) {
  return rounded_up(f.C * f.kH * f.kW, weight_block);
}

void add_weight_sums(const Frame& f, const Real* frame, const Real* G, Index wide, Real* sums) {
  const Index last = f.C * f.kH * f.kW - 1;
  const auto row = [&](Index k) { return k / (f.C * f.kW); };  // ky
  for (Index k = 0; k <= last; k += weight_block) {
    Index pixel[weight_block];
    for (Index j = 0; j < weight_block; ++j) {
      const Index i = std::min(k + j, last);
      pixel[j] = i / f.kW % f.C * f.plane() + row(i) * f.line() + column(f, i % f.kW);
    }
    // The windows of these rows y see pixels with one of the block's ky; others see the border alone.
    const Index above = f.first_row() - row(k + weight_block - 1);
    const Index from = std::max<Index>(0, (above + f.stride - 1) / f.stride);
    const Index end = std::min(f.down, (f.end_row() - row(k) + f.stride - 1) / f.stride);
    Index o = 0;
    for (; o + weight_vectors * lanes <= wide; o += weight_vectors * lanes)
      weight_sums_block<weight_vectors>(f, frame, pixel, from, end, G + o, wide, sums + k * wide + o);
    for (; o < wide; o += lanes) weight_sums_block<1>(f, frame, pixel, from, end, G + o, wide, sums + k * wide + o);
  }
}

}  // namespace gradus::inline GRADUS_REAL
