// Causal self-attention (Vaswani et al. 2017, "Attention is all you need", section 3.2): each position looks at itself
// and at the positions before it.
#include <cmath>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/functions.h"
#include "autograd/kernels/product.h"
#include "autograd/kernels/sums.h"
#include "autograd/kernels/vector.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// A row of scores is worked on sixteen values at a time, the last ones too: there is room for all sixteen; those from the
// `count`th on become `rest`.
using Sixteen = Eigen::Array<Real, 16, 1>;
Sixteen cut(const Real* from, Index count, Real rest) {
  Sixteen x;
  Real* const to = x.data();
  for (int j = 0, n = static_cast<int>(count); j < 16; ++j) to[j] = j < n ? from[j] : rest;
  return x;
}

// s[0 ... n - 1] = softmax(scale s), the rest up to `width`, a multiple of 16, = 0. The largest is subtracted first:
// exp overflows float above 88.7.
void softmax_row(Real* s, Index n, Index width, Real scale) {
  const auto at = [s](Index i) { return Eigen::Map<Sixteen>(s + i); };
  const Index last = (n - 1) / 16 * 16;
  Sixteen end = cut(s + last, n - last, s[0]), largest = end;
  for (Index i = 0; i < last; i += 16) largest = largest.max(at(i));
  const Real m = largest.maxCoeff();

  const auto exp_of_scaled = [=](const Vector& x) { return exp((x - m) * scale); };
  map_vectors(last, s, false, exp_of_scaled, s);
  map_vectors(16, end.data(), false, exp_of_scaled, end.data());
  end = cut(end.data(), n - last, 0);
  Sixteen sums = Sixteen::Zero();
  for (Index i = 0; i < last; i += 16) sums += at(i);
  sums += end;
  const Real share = 1 / add_lanes(sums.data());
  for (Index i = 0; i < last; i += 16) at(i) *= share;
  at(last) = end * share;
  for (Index i = last + 16; i < width; i += 16) at(i).setZero();
}

// In every head of every sequence:   S = Q K^T / sqrt(hs),   P = softmax(S) over the positions up to each,   O = P V.
// Q, O (T, hs) and K, V (U, hs): columns h hs ... (h + 1) hs of q, y (B, T, C) and of k, v (B, U, C), C = nh hs.
// The queries stand at the last T of the U positions: row t sees the first seen(t) = U - T + t + 1 of them.
// S, P (T, U), P_tu = 0 for u >= seen(t).
struct CausalAttention final : Node {
  Index heads = 1;
  Real* patterns = nullptr;  // P of every head, (B, nh, T, row()), for backward

  const char* op() const override { return "causal_attention"; }
  const char* formula() const override { return "y = softmax(q k^T / sqrt(hs) + mask) v in each head"; }
  const char* derivative() const override {
    return "dL/dv = P^T G, dL/dS = P * (dL/dP - r) with dL/dP = G v^T, dL/dq = s dL/dS k, dL/dk = s dL/dS^T q";
  }

  // Q K^T and P V, 2 B T U C each: all pairs of positions are counted, as is the custom, although half of them are
  // masked. Backward has dL/dP = G V^T, for Q and K only, and one product for each of dL/dQ, dL/dK and dL/dV.
  Flops flops() const override {
    const double one = 2.0 * static_cast<double>(value.size() * U());
    const int q = needs(0), k = needs(input(1)), v = needs(input(2));
    return {2 * one, one * (std::max(q, k) + q + k + v)};
  }

  Index B() const { return value.shape()[0]; }
  Index T() const { return value.shape()[1]; }
  Index U() const { return packed() ? T() : in(1).shape()[1]; }
  Index past() const { return U() - T(); }
  Index seen(Index t) const { return past() + t + 1; }
  Index row() const { return rounded_up(U(), 16); }  // from one row of P or dL/dS to the next
  Index C() const { return value.shape()[2]; }
  Index hs() const { return C() / heads; }
  Real scale() const { return 1 / std::sqrt(static_cast<Real>(hs())); }

  // q, k and v are three tensors, or lie beside each other in one of (B, T, 3 C). `which` is 0, 1, 2 for them.
  bool packed() const { return inputs.size() == 1; }
  int input(int which) const { return packed() ? 0 : which; }
  Index stride() const { return packed() ? 3 * C() : C(); }
  Index offset(Index head, int which) const {  // of one head of one sequence, counted together
    const Index positions = which == 0 ? T() : U();
    return head / heads * positions * stride() + head % heads * hs() + (packed() ? which * C() : 0);
  }
  // Rows [from, to) of Q, K or V of a head, of dL/dO, and of P or dL/dS with its first `cols` columns.
  MatrixView part(Index head, int which, Index from, Index to) const {
    return {in(input(which)).data() + offset(head, which) + from * stride(), to - from, hs(), stride()};
  }
  Index output(Index head, Index row) const { return (head / heads * T() + row) * C() + head % heads * hs(); }
  MatrixView G(Index head, Index from, Index to) const {
    return {grad.data() + output(head, from), to - from, hs(), C()};
  }
  MatrixView square(const Real* m, Index from, Index to, Index cols) const {
    return {m + from * row(), to - from, cols, row()};
  }

  // Blocks of rows, so that in long sequences the products leave out most of what lies above the diagonal.
  static constexpr Index block = 64;

  void forward() override {
    patterns = scratch({B() * heads, T(), row()}).data();
    parallel_for(threads(), B() * heads, [&](Index head) {
      Real* P = patterns + head * T() * row();
      for (Index from = 0; from < T(); from += block) {
        const Index to = std::min(from + block, T()), keys = past() + to;
        product(part(head, 0, from, to), part(head, 1, 0, keys).t(), P + from * row(), row(), false, 1);
        for (Index t = from; t < to; ++t) softmax_row(P + t * row(), seen(t), row(), scale());
        product(square(P, from, to, keys), part(head, 2, 0, keys), value.data() + output(head, from), C(), false, 1);
      }
    });
  }

  // G = dL/dO (T, hs), in every head. From O = P V, P = softmax(S) row by row, and S = scale Q K^T:
  //   dL/dV = P^T G
  //   dL/dP = G V^T
  //   dL/dS = P * (dL/dP - r),   r_t = sum over u of P_tu dL/dP_tu
  //   dL/dQ = scale dL/dS K
  //   dL/dK = scale dL/dS^T Q
  void backward() override {
    // Where dL/dQ, dL/dK and dL/dV go, and whether they are added to what is there. Packed, they share one tensor.
    Target to[3] = {};
    for (int i = 0; i < 3; ++i)
      if (needs(input(i))) to[i] = packed() && i > 0 ? to[0] : target(i);
    const Index size = T() * row(), items = B() * heads;
    Tensor memory = scratch({group_count(items), size});
    parallel_groups(threads(), items, [&](Index group, Index head) {
      const Real* P = patterns + head * size;
      Real* dS = memory.data() + group * size;
      const auto accumulate_part = [&](int which, Index row, const MatrixView& a, const MatrixView& b) {
        if (!to[which].grad) return;
        product(a, b, to[which].grad->data() + offset(head, which) + row * stride(), stride(), to[which].add, 1);
      };
      for (Index t = 0; t < T() && (to[0].grad || to[1].grad); t += block) {
        const Index end = std::min(t + block, T()), keys = past() + end;
        product(G(head, t, end), part(head, 2, 0, keys).t(), dS + t * row(), row(), false, 1);  // dL/dP
        const Index width = past() == 0 ? keys : U();  // with a past, blocks of columns reach beyond those of rows
        for (Index r = t; r < end; ++r) softmax_row_backward(P + r * row(), seen(r), width, dS + r * row());
        accumulate_part(0, t, square(dS, t, end, keys), part(head, 1, 0, keys));
      }
      for (Index u = 0; u < U();
           u += block) {  // columns of P and dS: only rows that see position u are not zero in them
        const Index end = std::min(u + block, U()), first = std::max<Index>(0, u - past());
        accumulate_part(1, u, square(dS + u, first, T(), end - u).t(), part(head, 0, first, T()));
        accumulate_part(2, u, square(P + u, first, T(), end - u).t(), G(head, first, T()));
      }
    });
  }

  // d = dL/dP becomes scale dL/dS, for one row with n values that are not zero.
  void softmax_row_backward(const Real* p, Index n, Index width, Real* d) const {
    const Real r = sum_of(n, [=](Index i) { return p[i] * d[i]; });
    const Real factor = scale();
    for (Index i = 0; i < n; ++i) d[i] = factor * p[i] * (d[i] - r);
    std::fill(d + n, d + width, Real(0));
  }
};

Var attention_node(const Inputs& in, const Shape& shape, int n_head) {
  if (n_head < 1 || shape[2] % n_head != 0)
    in.fail("expected n_head to divide the width C = " + std::to_string(shape[2]) + ", got n_head " +
            std::to_string(n_head));
  CausalAttention& n = in.make<CausalAttention>(shape);
  n.heads = n_head;
  return in.run(n);
}

}  // namespace

Var causal_attention(Operand q, Operand k, Operand v, int n_head) {
  const Inputs in("causal_attention", {q, k, v});
  const Shape &query = in.shape(0), &key = in.shape(1);
  if (query.rank() != 3 || key.rank() != 3 || key.with(1, query[1]) != query || key[1] < query[1] || in.shape(2) != key)
    in.fail("expected q (B, T, C), and k and v (B, U, C) with U at least T, got " + in.shapes());
  return attention_node(in, in.shape(0), n_head);
}

Var causal_attention(Operand qkv, int n_head) {
  const Inputs in("causal_attention", {qkv});
  const Shape& s = in.shape(0);
  if (s.rank() != 3 || s[2] % 3 != 0) in.fail("expected qkv (B, T, 3 C), got " + s.str());
  return attention_node(in, s.with(2, s[2] / 3), n_head);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
