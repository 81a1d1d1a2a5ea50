#include <algorithm>
#include <memory>

#include "autograd/conv_kernels.h"
#include "autograd/vector.h"

namespace gradus::inline GRADUS_REAL {
namespace {

constexpr Index most = 8;  // vectors of a window at once: their sums stay in registers

// A value of G that is not 0, and where what it is multiplied with begins.
struct Factor {
  Index place;
  Real g;
};

// to + writes[t] += sum over the factors of g (from + reads[t] + place), for `Count` vectors t.
template <Index Count>
[[gnu::noinline]] void add_products(const Factor* begin, const Factor* end, const Real* from, const Index* reads,
                                    Real* to, const Index* writes) {
  Vector sum[Count];
  const Real* in[Count];
  for (Index t = 0; t < Count; ++t) {
    sum[t] = load(to + writes[t]);
    in[t] = from + reads[t];
  }
  for (const Factor* f = begin; f < end; ++f)
    for (Index t = 0; t < Count; ++t) sum[t] += load(in[t] + f->place) * f->g;
  for (Index t = 0; t < Count; ++t) store(sum[t], to + writes[t]);
}

template <Index Count = most>
auto products_of(Index n) {
  if constexpr (Count > 1)
    if (n < Count) return products_of<Count - 1>(n);
  return &add_products<Count>;
}

// Some vectors of a window: where they stand among the weights, and in the pixels.
struct Part {
  Index count = 0;
  Index rows[most], weights[most], pixels[most];

  void add(const Pixels& p, Index t) {
    const Index in_row = p.run / lanes, ky = t / in_row;
    rows[count] = ky;
    weights[count] = t * lanes;
    pixels[count] = ky * p.line + t % in_row * lanes;
    ++count;
  }
};

// A window in parts of about the same size.
std::vector<Part> parts(const Pixels& p) {
  const Index n = p.window / lanes, count = (n + most - 1) / most, size = (n + count - 1) / std::max<Index>(count, 1);
  std::vector<Part> all(as_size(count));
  for (Index t = 0; t < n; ++t) all[as_size(t / size)].add(p, t);
  return all;
}

// Memory for n factors and one more, which add_factor writes to before it knows.
auto factors_for(Index n) {
  return std::make_unique_for_overwrite<Factor[]>(as_size(n + 1));
}

// Where G is 0 cannot be guessed: a branch would cost more than it saves.
Factor* add_factor(Factor* to, Index place, Real g) {
  *to = {place, g};
  return to + (g != 0);
}

}  // namespace

Pixels::Pixels(const Windows& w)
    : Windows(w), line((W + 2 * padding) * C), run(whole_vectors(kW * C)), window(kH * run) {}

void Pixels::copy(const Real* image, Real* pixels) const {
  std::fill_n(pixels, size(), Real(0));
  for (Index c = 0; c < C; ++c)
    for (Index y = 0; y < H; ++y) {
      const Real* from = image + (c * H + y) * W;
      Real* to = pixels + (padding + y) * line + padding * C + c;
      for (Index x = 0; x < W; ++x) to[x * C] = from[x];
    }
}

void Pixels::copy_back(const Real* pixels, Index first, Index end, Real* image, bool add) const {
  for (Index c = 0; c < C; ++c)
    for (Index y = first; y < end; ++y) {
      const Real* from = pixels + (padding + y) * line + padding * C + c;
      Real* to = image + (c * H + y) * W;
      for (Index x = 0; x < W; ++x) to[x] = add ? to[x] + from[x * C] : from[x * C];
    }
}

std::vector<Index> channels_of(const Pixels& p, const Real* G, Index first, Index end) {
  std::vector<Index> found;
  for (Index o = first; o < end; ++o) {
    const Real* plane = G + o * p.count();
    if (std::any_of(plane, plane + p.count(), [](Real g) { return g != 0; })) found.push_back(o);
  }
  return found;
}

void add_weight_gradient(const Pixels& p, const Real* pixels, const Real* G, const std::vector<Index>& channels,
                         Real* sums) {
  const std::vector<Part> window = parts(p);
  const auto factors = factors_for(p.count());
  for (const Index o : channels) {
    const Real* g = G + o * p.count();
    Factor *begin = factors.get(), *end = begin;
    for (Index i = 0; i < p.down; ++i) {
      const Index first = p.first(i, 0), step = p.stride * p.C;
      for (Index j = 0; j < p.across; ++j) end = add_factor(end, first + j * step, *g++);
    }
    for (const Part& part : window)
      products_of(part.count)(begin, end, pixels, part.pixels, sums + o * p.window, part.weights);
  }
}

void add_input_gradient(const Pixels& p, const Real* weights, const Real* G, const std::vector<Index>& channels,
                        Index first, Index end, Real* pixels) {
  // The rows of windows that reach into these rows of pixels.
  const Index begin_i = std::max<Index>(0, (first - p.kH + p.stride) / p.stride);
  const Index end_i = std::min(p.down, (end + p.stride - 1) / p.stride);

  const auto factors = factors_for((end_i - begin_i) * p.across * std::ssize(channels));
  std::vector<Factor*> begins = {factors.get()};  // of each window
  for (Index w = begin_i * p.across; w < end_i * p.across; ++w) {
    Factor* to = begins.back();
    for (const Index o : channels) to = add_factor(to, o * p.window, G[o * p.count() + w]);
    begins.push_back(to);
  }
  for (const Part& part : parts(p)) {
    Factor* const* window = begins.data();
    for (Index i = begin_i; i < end_i; ++i) {
      Part inside;  // what of the part is in these rows
      for (Index t = 0; t < part.count; ++t)
        if (const Index row = i * p.stride + part.rows[t]; row >= first && row < end)
          inside.add(p, part.weights[t] / lanes);
      const auto compute = products_of(inside.count);
      for (Index j = 0; j < p.across; ++j, ++window)
        if (inside.count > 0 && window[0] < window[1])
          compute(window[0], window[1], weights, inside.weights, pixels + p.first(i, j), inside.pixels);
    }
  }
}

}  // namespace gradus::inline GRADUS_REAL
