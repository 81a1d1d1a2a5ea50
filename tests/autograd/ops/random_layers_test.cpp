// The same for the ops that move values, multiply matrices, and make layers and losses.
#include "tests/autograd/ops/random_case.h"

using namespace gradus;

namespace {

// ---- values that change places
void permutes(Source& s) {
  const Array x = s.array(s.sizes(0, 6), true);
  std::vector<int> order(x.rank());
  std::iota(order.begin(), order.end(), 0);
  for (int i = x.rank() - 1; i > 0; --i) std::swap(order[i], order[s.below(i + 1)]);
  if (x.rank() != 4) {  // two axes alone
    std::iota(order.begin(), order.end(), 0);
    if (x.rank() > 0) std::swap(order[s.below(x.rank())], order[s.below(x.rank())]);
  }
  int a = 0, b = 0;
  for (int i = 0; i < x.rank(); ++i)
    if (order[i] != i) a = i, b = order[i];
  Sizes sizes(x.rank());
  for (int i = 0; i < x.rank(); ++i) sizes[i] = x.sizes[order[i]];
  const Array y = filled(sizes, [&](const Sizes& to) {
    Sizes from(x.rank());
    for (int i = 0; i < x.rank(); ++i) from[order[i]] = to[i];
    return x.at(from);
  });
  check_case(s, "permute", {x}, y, [&](auto& v) {
    return x.rank() == 4 ? permute(v[0], {order[0], order[1], order[2], order[3]}) : transpose(v[0], a, b);
  });
}
void reshapes(Source& s) {
  const Array x = s.array(s.sizes(0, 6), true);
  Array y = x;
  y.sizes = {static_cast<long>(x.v.size())};
  if (x.rank() > 1) y.sizes = {x.sizes[0], static_cast<long>(x.v.size()) / std::max(x.sizes[0], 1L)};
  if (reference::product(y.sizes) != static_cast<long>(x.v.size())) y.sizes = {0};
  check_case(s, "reshape", {x}, y, [&](auto& v) { return reshape(v[0], shape_of(y.sizes)); });
}
void slices(Source& s) {
  const Array x = s.array(s.sizes(1, 6), true);
  const int axis = static_cast<int>(s.below(x.rank()));
  const long n = x.sizes[axis], begin = s.between(0, n), end = s.between(begin, n), step = s.between(1, 4);
  Sizes sizes = x.sizes;
  sizes[axis] = 0;
  for (long i = begin; i < end; i += step) ++sizes[axis];
  const Array y = filled(sizes, [&](Sizes i) {
    i[axis] = begin + i[axis] * step;
    return x.at(i);
  });
  check_case(s, "slice", {x}, y, [&](auto& v) { return slice(v[0], axis - x.rank(), begin, end, step); });
}
void pads(Source& s) {
  const Array x = s.array(s.sizes(1, 6), true);
  const int axis = static_cast<int>(s.below(x.rank()));
  const long before = s.between(0, 3), after = s.between(0, 3);
  Sizes sizes = x.sizes;
  sizes[axis] += before + after;
  const Array y = filled(sizes, [&](Sizes i) {
    i[axis] -= before;
    return i[axis] < 0 || i[axis] >= x.sizes[axis] ? reference::number(7) : x.at(i);
  });
  check_case(s, "pad", {x}, y, [&](auto& v) { return pad(v[0], axis, before, after, 7); });
}
void joins(Source& s) {
  const bool stacked = s.chance(2);
  const Sizes sizes = s.sizes(stacked ? 0 : 1, 5);
  const int rank = static_cast<int>(sizes.size()), axis = static_cast<int>(s.below(rank + stacked));
  std::vector<Array> parts;
  std::vector<std::pair<std::size_t, long>> from;  // of each place along the axis: which part, where in it
  for (std::size_t k = 0, count = s.between(1, 4); k < count; ++k) {
    Sizes own = sizes;
    if (!stacked) own[axis] = s.between(0, 3);
    parts.push_back(s.array(own, true));
    for (long i = 0; i < (stacked ? 1 : own[axis]); ++i) from.emplace_back(k, i);
  }
  Sizes whole = sizes;
  if (stacked) whole.insert(whole.begin() + axis, 0);
  whole[axis] = std::ssize(from);
  const Array y = filled(whole, [&](Sizes i) {
    const auto [k, place] = from[i[axis]];
    if (stacked)
      i.erase(i.begin() + axis);
    else
      i[axis] = place;
    return parts[k].at(i);
  });
  check_case(s, stacked ? "stack" : "concat", parts, y,
             [&](auto& v) { return stacked ? stack(v, axis) : concat(v, axis); });
}
void picks(Source& s) {
  const Array x = s.array(s.sizes(1, 5, 1), true);
  const int axis = static_cast<int>(s.below(x.rank()));
  Sizes sizes = x.sizes;
  for (int i = 0; i < x.rank(); ++i) sizes[i] = i == axis ? s.between(0, 5) : s.between(1, x.sizes[i]);
  IndexTensor index{shape_of(sizes), {}};
  const Array y = filled(sizes, [&](Sizes i) {
    index.values.push_back(s.below(x.sizes[axis]));
    i[axis] = index.values.back();
    return x.at(i);
  });
  check_case(s, "gather", {x}, y, [&](auto& v) { return gather(v[0], axis, index); });
}
void rows_of_table(Source& s) {
  const Array table = s.array({s.between(1, 5), s.between(0, 5)}, true);
  Sizes ids = s.sizes(0, 4);
  IndexTensor index{shape_of(ids), {}};
  for (long i = 0; i < reference::product(ids); ++i) index.values.push_back(s.below(table.sizes[0]));
  Array flat = filled({reference::product(ids), table.sizes[1]}, [&](const Sizes& i) {
    return table.at({index.values[i[0]], i[1]});
  });
  flat.sizes = ids;
  flat.sizes.push_back(table.sizes[1]);
  check_case(s, "embedding", {table}, flat, [&](auto& v) { return embedding(v[0], index); });
}

// ---- products
void products(Source& s) {
  const long M = s.between(0, 5), K = s.between(0, 5), N = s.between(0, 5);
  const Sizes lead = s.sizes(0, 3);
  Sizes of_a = lead, of_b = s.narrowed(lead), of_c = lead;
  if (reference::product(lead) > 30) of_a = of_b = of_c = {};
  for (const long n : {M, K}) of_a.push_back(n);
  for (const long n : {K, N}) of_b.push_back(n);
  for (const long n : {M, N}) of_c.push_back(n);
  const Array a = s.terms(of_a), b = s.terms(of_b);
  const Array c = filled(of_c, [&](const Sizes& i) {
    Scalar sum = reference::number(0);
    Sizes at = i, bt = i;
    for (long k = 0; k < K; ++k) {
      at.back() = k;
      bt[bt.size() - 2] = k;
      sum = sum + a.spread(at) * b.spread(bt);
    }
    return sum;
  });
  check_case(s, "matmul", {a, b}, c, [&](auto& v) { return matmul(v[0], v[1]); });
}
void linears(Source& s) {
  const long K = s.between(0, 5), N = s.between(0, 5), which = s.below(3);
  Sizes sizes = s.sizes(0, 4);
  sizes.push_back(K);
  const Array x = s.terms(sizes), w = s.terms(which == 2 ? Sizes{K, N} : Sizes{N, K}), b = s.terms({N});
  sizes.back() = N;
  const Array y = filled(sizes, [&](Sizes i) {
    const long n = i.back();
    Scalar sum = which == 0 ? reference::number(0) : b.at({n});
    for (i.back() = 0; i.back() < K; ++i.back())
      sum = sum + x.at(i) * (which == 2 ? w.at({i.back(), n}) : w.at({n, i.back()}));
    return sum;
  });
  if (which == 0) return check_case(s, "linear without bias", {x, w}, y, [](auto& v) { return linear(v[0], v[1]); });
  check_case(s, which == 1 ? "linear" : "conv1d_1x1", {x, w, b}, y,
             [&](auto& v) { return which == 1 ? linear(v[0], v[1], v[2]) : conv1d_1x1(v[0], v[1], v[2]); });
}

// ---- images
void convolutions(Source& s) {
  const long images = s.between(0, 2), C = s.between(0, 3), O = s.between(0, 3), kH = s.between(1, 3),
             kW = s.between(1, 3);
  const int stride = static_cast<int>(s.between(1, 4)), padding = static_cast<int>(s.between(0, 2));
  const long H = s.between(std::max(0L, kH - 2 * padding), 5), W = s.between(std::max(0L, kW - 2 * padding), 5);
  // The weights are finite: over the padding an infinite one may count or not (ops.h).
  const Array x = s.terms({images, C, H, W}), w = s.array({O, C, kH, kW}), b = s.terms({O});
  const Sizes to = {images, O, (H + 2 * padding - kH) / stride + 1, (W + 2 * padding - kW) / stride + 1};
  const Array y = filled(to, [&](const Sizes& i) {
    Scalar sum = b.at({i[1]});
    each(Sizes{C, kH, kW}, [&](const Sizes& k) {
      const long row = i[2] * stride + k[1] - padding, column = i[3] * stride + k[2] - padding;
      const bool inside = row >= 0 && row < H && column >= 0 && column < W;
      const Scalar pixel = inside ? x.at({i[0], k[0], row, column}) : reference::number(0);
      sum = sum + w.at({i[1], k[0], k[1], k[2]}) * pixel;
    });
    return sum;
  });
  check_case(s, "conv2d", {x, w, b}, y, [&](auto& v) { return conv2d(v[0], v[1], v[2], stride, padding); });
}
void pools(Source& s) {
  const bool of_largest = s.chance(2);
  const long size = s.between(1, 3), H = s.between(size, 5), W = s.between(size, 5);
  const long stride = s.between(1, 4), padding = s.between(0, size / 2);
  const Sizes sizes = {s.between(0, 2), s.between(0, 3), H, W};
  const Array x = of_largest ? s.array(sizes, true) : s.terms(sizes);
  const Array y =
      filled({x.sizes[0], x.sizes[1], (H + 2 * padding - size) / stride + 1, (W + 2 * padding - size) / stride + 1},
             [&](const Sizes& i) {
               Scalar sum = reference::number(0), most = reference::number(-HUGE_VAL);
               each(Sizes{size, size}, [&](const Sizes& k) {
                 const long row = i[2] * stride + k[0] - padding, column = i[3] * stride + k[1] - padding;
                 if (row < 0 || row >= H || column < 0 || column >= W) return;
                 const Scalar v = x.at({i[0], i[1], row, column});
                 sum = sum + v;
                 if (v.v > most.v || std::isnan(v.v)) most = v;
               });
               return of_largest ? most : sum / reference::number(static_cast<Real>(size * size));
             });
  check_case(s, of_largest ? "max_pool2d" : "avg_pool2d", {x}, y, [&](auto& v) {
    return of_largest ? max_pool2d(v[0], static_cast<int>(size), static_cast<int>(stride), static_cast<int>(padding))
                      : avg_pool2d(v[0], static_cast<int>(size), static_cast<int>(stride), static_cast<int>(padding));
  });
}

// ---- layers and losses
void layer_norms(Source& s) {
  Sizes sizes = s.sizes(0, 4);
  const long C = s.between(1, 5);
  sizes.push_back(C);
  const Array x = s.terms(sizes), w = s.terms({C}), b = s.terms({C});
  const auto share = reference::number(static_cast<Real>(C));
  const Array y = filled(sizes, [&](const Sizes& to) {
    Sizes i = to;
    Scalar mean = reference::number(0), variance = reference::number(0);
    for (i.back() = 0; i.back() < C; ++i.back()) mean = mean + x.at(i) / share;
    for (i.back() = 0; i.back() < C; ++i.back()) variance = variance + (x.at(i) - mean) * (x.at(i) - mean) / share;
    return (x.at(to) - mean) / sqrt(variance + reference::number(0.1)) * w.at({to.back()}) + b.at({to.back()});
  });
  check_case(s, "layer_norm", {x, w, b}, y, [](auto& v) { return layer_norm(v[0], v[1], v[2], 0.1); });
}
void attentions(Source& s) {
  const long B = s.between(0, 2), T = s.between(0, 3), U = T + s.between(0, 2), heads = s.between(1, 3),
             hs = s.between(1, 3);
  const Array q = s.terms({B, T, heads * hs}), k = s.terms({B, U, heads * hs}), v = s.terms({B, U, heads * hs});
  const Array y = filled(q.sizes, [&](const Sizes& i) {
    const long head = i[2] / hs * hs;
    Scalar above = reference::number(0), below = reference::number(0);
    for (long u = U - T + i[1] + 1; u < U; ++u) above = above + reference::number(0) * v.at({i[0], u, i[2]});  // masked
    for (long u = 0; u <= U - T + i[1]; ++u) {
      Scalar score = reference::number(0);
      for (long c = head; c < head + hs; ++c) score = score + q.at({i[0], i[1], c}) * k.at({i[0], u, c});
      const Scalar e = exp(score / reference::number(std::sqrt(static_cast<Real>(hs))));
      above = above + e * v.at({i[0], u, i[2]});
      below = below + e;
    }
    return above / below;
  });
  check_case(s, "causal_attention", {q, k, v}, y,
             [&](auto& a) { return causal_attention(a[0], a[1], a[2], static_cast<int>(heads)); });
}
void losses(Source& s) {
  Sizes sizes = s.sizes(0, 3, 1);
  const Array other = s.terms(sizes);
  Array loss{Sizes{}};
  Scalar sum = reference::number(0);
  if (s.chance(2)) {
    const Array x = s.terms(sizes);
    for (std::size_t i = 0; i < x.v.size(); ++i) sum = sum + (x.v[i] - other.v[i]) * (x.v[i] - other.v[i]);
    loss.v[0] = sum / reference::number(static_cast<Real>(x.v.size()));
    return check_case(s, "mse_loss", {x, other}, loss, [](auto& v) { return mse_loss(v[0], v[1]); });
  }
  const long V = s.between(1, 5);
  sizes.push_back(V);
  const Array x = s.terms(sizes);
  std::vector<Index> targets;
  Real kept = 0;
  const Real smoothing = s.chance(2) ? 0 : 0.3;
  for (std::size_t row = 0; row < x.v.size() / V; ++row) {
    targets.push_back(row > 0 && s.chance(4) ? ignore_index : s.below(V));
    if (targets.back() == ignore_index) continue;
    Scalar all = reference::number(0);
    for (long j = 0; j < V; ++j) all = all + exp(x.v[row * V + j]);
    const auto part = [&](Real share, long j) { return reference::number(share) * x.v[row * V + j]; };
    sum = sum + log(all) - part(1 - smoothing, targets.back());
    for (long j = 0; j < V && smoothing > 0; ++j) sum = sum - part(smoothing / static_cast<Real>(V), j);
    for (long j = 0; j < V; ++j)  // ops.h: plus infinity makes the loss NaN
      if (x.v[row * V + j].v == HUGE_VAL) sum = reference::number(NAN);
    ++kept;
  }
  loss.v[0] = sum / reference::number(kept);
  check_case(s, "cross_entropy", {x}, loss, [&](auto& v) { return cross_entropy(v[0], targets, smoothing); });
}

}  // namespace

TEST_CASE("random ops on random shapes agree with loops of single numbers: places, products, layers, losses") {
  Source source{Random(2, "random ops")};
  void (*const cases[])(Source&) = {permutes, reshapes, slices,       pads,  joins,       picks,      rows_of_table,
                                    products, linears,  convolutions, pools, layer_norms, attentions, losses};
  for (int i = 0; i < 10000; ++i) {
    reference::records.clear();
    cases[source.below(std::size(cases))](source);
  }
}
