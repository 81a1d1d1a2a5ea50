// Ops that pick values by number. Where a value was picked more than once, its gradients add up in the order of the
// picks: the result does not depend on the threads.
#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/rows.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// y[o][j][i] = x[o][index[o][j][i]][i], for the axis with j
struct Gather final : Node {
  std::vector<Index> from;  // for each value of y, where in x's memory it was picked
  const char* op() const override { return "gather"; }
  const char* formula() const override { return "y[i][j] = x[i][index[i][j]]"; }
  const char* derivative() const override { return "dL/dx[k] = sum of G over all values that were picked from k"; }

  void forward() override {
    for (Index i = 0; i < value.size(); ++i) value[i] = in(0)[from[i]];
  }

  // dL/dx[k] = the sum of G over all values that were picked from k
  void backward() override {
    const Target to = target(0);
    if (!to.add) to.grad->fill(0);
    for (Index i = 0; i < grad.size(); ++i) (*to.grad)[from[i]] += grad[i];
  }
};

// y_p = W[id_p].   W (V, C), ids p = 0 ... P - 1, y (P, C)
struct EmbeddingOp final : Node {
  std::vector<Index> ids;
  const char* op() const override { return "embedding"; }
  const char* formula() const override { return "y_p = W[id_p]"; }
  const char* derivative() const override { return "dL/dW[v] = sum of G_p over the p with id_p = v"; }

  void forward() override {
    const Index C = in(0).shape()[1];
    parallel_for(threads(), static_cast<Index>(ids.size()),
                 [&](Index p) { array(value.data() + p * C, C) = array(in(0).data() + ids[p] * C, C); });
  }

  // dL/dW[v] = the sum of G_p over the p with id_p = v, 0 where there is none.
  // The positions are sorted by id, equal ids by position, and each row of W's gradient is written by one thread and,
  // but for repeated ids, once: the table may have 50,000 rows, of which one batch uses a few hundred.
  void backward() override {
    const Target to = target(0);
    const Index C = in(0).shape()[1];
    std::vector<Index> sorted(ids.size());  // positions
    std::iota(sorted.begin(), sorted.end(), 0);
    std::stable_sort(sorted.begin(), sorted.end(), [&](Index a, Index b) { return ids[a] < ids[b]; });
    parallel_rows(threads(), to.grad->size(), C, [&](Index begin, Index end) {
      const auto id_below = [&](Index p, Index v) { return ids[p] < v; };
      auto next = std::lower_bound(sorted.begin(), sorted.end(), begin, id_below);
      for (Index v = begin; v < end; ++v) {
        ArrayMap row = array(to.grad->data() + v * C, C);
        bool add = to.add;
        for (; next != sorted.end() && ids[*next] == v; ++next, add = true) {
          const ConstArrayMap G(grad.data() + *next * C, C);
          assign_or_add(row, add, G);
        }
        if (!add) row.setZero();
      }
    });
  }
};

// An index has as many numbers as its shape says, each from 0 to n - 1.
void check_index(const Inputs& in, const IndexTensor& index, Index n) {
  if (static_cast<Index>(index.values.size()) != index.shape.size())
    in.fail("expected " + std::to_string(index.shape.size()) + " numbers for an index of shape " + index.shape.str() +
            ", got " + std::to_string(index.values.size()));
  for (std::size_t i = 0; i < index.values.size(); ++i)
    if (index.values[i] < 0 || index.values[i] >= n)
      in.fail("expected numbers from 0 to " + std::to_string(n - 1) + ", got " + std::to_string(index.values[i]) +
              " at position " + std::to_string(i) + " of the index");
}

}  // namespace

Var gather(Operand x, int axis, const IndexTensor& index) {
  const Inputs in("gather", {x});
  const int a = in.axis(axis);
  const Shape &X = in.shape(0), &S = index.shape;
  bool fits = S.rank() == X.rank();
  for (int i = 0; fits && i < X.rank(); ++i) fits = i == a || S[i] <= X[i];
  if (!fits)
    in.fail("expected an index of the rank of x " + X.str() + ", no longer than it but along axis " +
            std::to_string(a) + ", got " + S.str());
  check_index(in, index, X[a]);
  Gather& n = in.make<Gather>(S);
  n.from.resize(index.values.size());
  for (Index i = 0; i < S.size(); ++i) {
    Index from = 0, rest = i;
    for (int k = S.rank() - 1; k >= 0; rest /= S[k--]) from += (k == a ? index.values[i] : rest % S[k]) * X.stride(k);
    n.from[i] = from;
  }
  return in.run(n);
}

Var embedding(Operand weight, const IndexTensor& ids) {
  const Inputs in("embedding", {weight});
  const Shape& W = in.shape(0);
  if (W.rank() != 2) in.fail("expected weight (V, C), got " + W.str());
  if (ids.shape.rank() == Shape::max_rank) in.fail("expected ids of at most 5 axes, got " + ids.shape.str());
  check_index(in, ids, W[0]);
  EmbeddingOp& n = in.make<EmbeddingOp>(in.shaped([&] { return ids.shape.inserted(ids.shape.rank(), W[1]); }));
  n.ids = ids.values;
  return in.run(n);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
