#include <algorithm>
#include <memory>

#include "autograd/kernels/conv.h"
#include "autograd/kernels/vector.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

constexpr Index most = 9;  // vectors of a window at once: their sums stay in registers

// A value of G that is not 0, and where what it is multiplied with begins.
struct NonZero {
  Index place;
  Real g;
};

// to + writes[t] += sum over the factors of g (from + reads[t] + place), for `Count` vectors t.
template <Index Count>
[[gnu::noinline]] void add_products(const NonZero* begin, const NonZero* end, const Real* from, const Index* reads,
                                    Real* to, const Index* writes) {
  Vector sum[Count];
  const Real* in[Count];
  for (Index t = 0; t < Count; ++t) {
    sum[t] = load(to + writes[t]);
    in[t] = from + reads[t];
  }
  for (const NonZero* f = begin; f < end; ++f)
    for (Index t = 0; t < Count; ++t) sum[t] += load(in[t] + f->place) * f->g;
  for (Index t = 0; t < Count; ++t) store(sum[t], to + writes[t]);
}

constexpr decltype(&add_products<1>) products_of[most + 1] = {
    nullptr,          &add_products<1>, &add_products<2>, &add_products<3>, &add_products<4>,
    &add_products<5>, &add_products<6>, &add_products<7>, &add_products<8>, &add_products<9>};

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

// A whole window.
std::vector<Part> parts(const Pixels& p) {
  std::vector<Part> all;
  for (Index t = 0; t < p.window / lanes; ++t) {
    if (t % most == 0) all.emplace_back();
    all.back().add(p, t);
  }
  return all;
}

auto factors_for(Index n) {
  return std::make_unique_for_overwrite<NonZero[]>(n);
}

// Where G is 0 cannot be guessed: a branch would cost more than it saves.
NonZero* add_factor(NonZero* to, Index place, Real g) {
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

void add_weight_gradient(const Pixels& p, const Real* pixels, const Real* G, const std::vector<Index>& channels,
                         Real* sums) {
  const std::vector<Part> window = parts(p);
  const auto factors = factors_for(p.count());
  for (const Index o : channels) {
    const Real* g = G + o * p.count();
    NonZero *begin = factors.get(), *end = begin;
    for (Index i = 0; i < p.down; ++i)
      for (Index j = 0; j < p.across; ++j) end = add_factor(end, p.first(i, j), *g++);
    for (const Part& part : window)
      products_of[part.count](begin, end, pixels, part.pixels, sums + o * p.window, part.weights);
  }
}

void add_input_gradient(const Pixels& p, const Real* weights, const Real* G, const std::vector<Index>& channels,
                        Index first, Index end, Real* pixels) {
  const std::vector<Part> window = parts(p);
  struct Channel {
    const Real* G;
    Index weights;
  };
  std::vector<Channel> of;
  for (const Index o : channels) of.push_back({G + o * p.count(), o * p.window});
  const auto factors = factors_for(p.across * std::ssize(channels));
  std::vector<NonZero*> begins;  // of each window of a row
  for (Index i = 0; i < p.down; ++i) {
    std::vector<Part> inside;  // what of these windows is in the rows
    for (const Part& part : window) {
      Part some;
      for (Index t = 0; t < part.count; ++t)
        if (const Index y = i * p.stride + part.rows[t] - p.padding; y >= first && y < end)
          some.add(p, part.weights[t] / lanes);
      if (some.count > 0) inside.push_back(some);
    }
    if (inside.empty()) continue;

    begins.assign(1, factors.get());
    for (Index j = 0; j < p.across; ++j) {
      NonZero* to = begins.back();
      for (const Channel& c : of) to = add_factor(to, c.weights, c.G[i * p.across + j]);
      begins.push_back(to);
    }
    for (const Part& part : inside)
      for (Index j = 0; j < p.across; ++j)
        if (NonZero* const* at = begins.data() + j; at[0] < at[1])
          products_of[part.count](at[0], at[1], weights, part.weights, pixels + p.first(i, j), part.pixels);
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
