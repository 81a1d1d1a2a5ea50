#include "autograd/direct_conv.h"

#include <algorithm>
#include <vector>

#include "autograd/vector.h"

namespace gradus::inline GRADUS_REAL {
namespace {

constexpr Index block_channels = many_registers ? 8 : 4, block_rows = 2;
constexpr Index single_rows = 4;  // for what is left of the channels, one at a time
constexpr Index weight_block = many_registers ? 10 : 5, weight_vectors = 2;

// Pixel x of a row, in a frame's memory.
Index column(const Frame& f, Index x) {
  return x % f.stride * f.run() + x / f.stride;
}

// What a block of channels begins at: its first weight and bias, and where its first plane goes.
struct Block {
  const Real *weights, *bias;
  Real* to;
  Index plane;
  bool add;
};

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

// Channels o, rows y ... y + Rows - 1 and as many neighbouring x as a vector has lanes. The first `known`
// values of a row are in `to` already. A call of its own: inlined into the loops around it, it runs out of registers.
template <Index Channels, Index Rows>
[[gnu::noinline]] void convolve_block(const Frame& f, const Real* frame, const Places& at, const Weights& w,
                                      const Block& b, Index y, Index x, Index known) {
  Vector sum[Channels][Rows];
  for (Index o = 0; o < Channels; ++o)
    for (Index r = 0; r < Rows; ++r) sum[o][r] = Vector{} + (b.bias ? b.bias[o] : Real(0));

  // Rows ky of the windows that see the border alone add nothing.
  const Index from = std::max<Index>(0, f.first_row() - (y + Rows - 1) * f.stride) * f.kW;
  const Index end = std::min(f.kH, f.end_row() - y * f.stride) * f.kW;
  const Index next = f.stride * f.line(), out = w.out, tap = w.tap;
  const Index* pixel = at.pixels.data();
  for (const Index c : at.channels) {
    const Real *plane = frame + c * f.plane() + y * next + x, *W = b.weights + c * w.in + from * tap;
    for (Index k = from; k < end; ++k, W += tap) {
      Vector pixels[Rows];
      for (Index r = 0; r < Rows; ++r) pixels[r] = load(plane + pixel[k] + r * next);
      for (Index o = 0; o < Channels; ++o)
        for (Index r = 0; r < Rows; ++r) sum[o][r] += pixels[r] * W[o * out];
    }
  }

  // A whole vector is stored also past a short row's end: the rows below are stored later.
  const Index n = std::min(lanes, f.across - x), size = f.down * f.across;
  for (Index o = 0; o < Channels; ++o)
    for (Index r = 0; r < std::min(Rows, f.down - y); ++r) {
      const Index begin = (y + r) * f.across + x;
      Real* to = b.to + o * b.plane + begin;
      if (!b.add && begin + lanes <= size) {
        store(sum[o][r], to);
      } else {
        Real values[lanes];
        store(sum[o][r], values);
        for (Index i = b.add ? known : 0; i < n; ++i) to[i] = b.add ? to[i] + values[i] : values[i];
      }
    }
}

// The last vector of a row reaches back where the row is long enough, so that it is a whole one too.
template <Index Channels, Index Rows>
void convolve_channels(const Frame& f, const Real* frame, const Places& at, const Weights& w, const Block& b) {
  for (Index y = 0; y < f.down; y += Rows)
    for (Index x = 0; x < f.across; x += lanes) {
      const Index begin = std::max<Index>(0, std::min(x, f.across - lanes));
      convolve_block<Channels, Rows>(f, frame, at, w, b, y, begin, x - begin);
    }
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
  return (rounded_up(down, single_rows) - 1) * stride + kH;
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
  const Index width = line();
  for (Index c = 0; c < C; ++c)
    for (Index y = 0; y < rows(); ++y) {
      Real* row = frame + c * plane() + y * width;
      const Index in = y - top;  // row of the image, times spread
      if (in < 0 || in >= H * spread || in % spread != 0) {
        std::fill_n(row, width, Real(0));
        continue;
      }
      const Real* from = image + (c * H + in / spread) * W;
      if (spread == 1 && stride == 1) {
        const Index cut = std::max<Index>(0, -left), begin = std::min(width, left + cut);
        const Index n = std::clamp<Index>(W - cut, 0, width - begin);
        std::fill_n(row, begin, Real(0));
        std::copy_n(from + cut, n, row + begin);
        std::fill_n(row + begin + n, width - begin - n, Real(0));
      } else {
        std::fill_n(row, width, Real(0));
        for (Index x = 0; x < W; ++x) {
          const Index to = left + x * spread;
          if (to >= 0 && to < width) row[column(*this, to)] = from[x];
        }
      }
    }
}

void convolve(const Frame& f, const Real* frame, const Weights& w, Index channels, const Real* bias, Real* to,
              Index plane, bool add) {
  const auto from = [&](Index o) {
    return Block{w.data + o * w.out, bias ? bias + o : nullptr, to + o * plane, plane, add};
  };
  const Places at(f, frame);
  Index o = 0;
  for (; o + block_channels <= channels; o += block_channels)
    convolve_channels<block_channels, block_rows>(f, frame, at, w, from(o));
  for (; o < channels; ++o) convolve_channels<1, single_rows>(f, frame, at, w, from(o));
}

Index weight_rows(const Frame& f) {
  return rounded_up(f.C * f.kH * f.kW, weight_block);
}

Index whole_vectors(Index n) {
  return rounded_up(n, lanes);
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
