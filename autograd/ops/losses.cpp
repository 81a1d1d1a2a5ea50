// Losses: a prediction and what it should have been, to one number.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/rows.h"
#include "autograd/kernels/sums.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// L = 1/n sum_r l_r over the n rows that are kept, with x = a row of logits (V), t its target, and
//   l = -log softmax(x)_t = log(sum_j exp(x_j)) - x_t.
// With label smoothing e: l = log(sum_j exp(x_j)) - (1 - e) x_t - e/V sum_j x_j.
// Softmax and logarithm in one: -log(softmax) of a small probability would be -log(0).
struct CrossEntropy final : Node {
  std::vector<Index> targets;  // of each row
  Index kept = 0;              // how many of them are not ignore_index
  double smoothing = 0;        // e
  Tensor largest, log_sum;     // of each row: log(sum_j exp(x_j)) is their sum

  const char* op() const override { return "cross_entropy"; }
  const char* formula() const override { return "L = mean of -log softmax(x)[target]"; }
  const char* derivative() const override { return "dL/dx_j = G / n (softmax(x)_j - 1[j = target])"; }

  Index V() const { return in(0).shape()[-1]; }
  Index rows() const { return static_cast<Index>(targets.size()); }

  void forward() override {
    if (log_sum.size() != rows()) {
      largest = scratch({rows()});
      log_sum = scratch({rows()});
    }
    parallel_rows(threads(), in(0).size(), V(), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const LogSumExp row({in(0).data() + r * V(), V()});
        largest[r] = row.largest;
        // A logit of infinity: softmax would be infinity / infinity.
        log_sum[r] = row.log_sum == HUGE_VAL ? std::numeric_limits<Real>::quiet_NaN() : row.log_sum;
      }
    });
    double sum = 0;
    for (Index r = 0; r < rows(); ++r)
      if (const Index t = targets[r]; t != ignore_index)
        sum += static_cast<double>(log_sum[r] - likely(r, in(0)[r * V() + t] - largest[r]));
    value[0] = static_cast<Real>(sum / static_cast<double>(kept));
  }

  // (1 - e) x_t + e/V sum_j x_j of a row, less its largest
  Real likely(Index r, Real of_target) const {
    if (smoothing == 0) return of_target;
    const Real* x = in(0).data() + r * V();
    const Real mean = sum_of(V(), [&](Index j) { return x[j] - largest[r]; }) / static_cast<Real>(V());
    return static_cast<Real>(1 - smoothing) * of_target + static_cast<Real>(smoothing) * mean;
  }

  // dl/dx_j = softmax(x)_j - (1 - e) 1[j = t] - e/V, and dL/dl = 1 / n; 0 for a row that is left out
  void backward() override {
    const Target to = target(0);
    const Real scale = grad[0] / static_cast<Real>(kept);
    Tensor sum = to.add ? scratch(in(0).shape()) : Tensor();
    Tensor& dx = to.add ? sum : *to.grad;
    parallel_rows(threads(), dx.size(), V(), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r)
        array(dx.data() + r * V(), V()) = (array(in(0).data() + r * V(), V()) - largest[r]) - log_sum[r];
      Real* block = dx.data() + begin * V();
      map_vectors((end - begin) * V(), block, false, [scale](const Vector& x) { return scale * exp(x); }, block);
      for (Index r = begin; r < end; ++r) {
        if (smoothing != 0)
          array(dx.data() + r * V(), V()) -= scale * static_cast<Real>(smoothing) / static_cast<Real>(V());
        if (const Index t = targets[r]; t == ignore_index)
          array(dx.data() + r * V(), V()).setZero();
        else
          dx[r * V() + t] -= static_cast<Real>(1 - smoothing) * scale;
      }
    });
    if (to.add) assign(*to.grad, true, threads(), array(std::as_const(dx)));
  }
};

// L = 1/n sum_i (x_i - t_i)^2
struct MseLoss final : Node {
  const char* op() const override { return "mse_loss"; }
  const char* formula() const override { return "L = mean of (x - target)^2"; }
  const char* derivative() const override { return "dL/dx = 2 G / n (x - target), dL/dtarget = -dL/dx"; }

  void forward() override {
    const Index n = in(0).size();
    const double sum = sum_pieces(threads(), n, [&](Index begin, Index count) {
      const Real *x = in(0).data() + begin, *t = in(1).data() + begin;
      return sum_of(count, [=](Index i) { return (x[i] - t[i]) * (x[i] - t[i]); });
    });
    value[0] = static_cast<Real>(sum / static_cast<double>(n));  // NaN where there are no values, as in PyTorch
  }

  // dL/dx_i = 2/n (x_i - t_i), dL/dt_i = -dL/dx_i
  void backward() override {
    const Real scale = 2 * grad[0] / static_cast<Real>(in(0).size());
    accumulate(0, scale * (array(in(0)) - array(in(1))));
    accumulate(1, scale * (array(in(1)) - array(in(0))));
  }
};

}  // namespace

Var cross_entropy(Operand logits, std::span<const Index> targets, double label_smoothing) {
  const Inputs in("cross_entropy", {logits});
  const Shape& x = in.shape(0);
  if (x.rank() == 0) in.fail("expected logits (..., V), got ()");
  const Index V = x[-1], rows = x.outer(x.rank() - 1), count = static_cast<Index>(targets.size());
  if (count != rows)
    in.fail("expected one target for each of the " + std::to_string(rows) + " rows of logits " + x.str() + ", got " +
            std::to_string(count));
  for (Index r = 0; r < rows; ++r)
    if (const Index t = targets[r]; t != ignore_index && (t < 0 || t >= V))
      in.fail("expected targets from 0 to " + std::to_string(V - 1) + " (or " + std::to_string(ignore_index) +
              ", to leave a row out), got " + std::to_string(t) + " for row " + std::to_string(r));
  if (!(label_smoothing >= 0 && label_smoothing <= 1))
    in.fail("expected a label smoothing from 0 to 1, got " + number(label_smoothing));
  const Index kept = rows - std::count(targets.begin(), targets.end(), ignore_index);
  if (kept == 0) in.fail("expected at least one target that is kept, got " + std::to_string(rows) + ", all left out");
  CrossEntropy& n = in.make<CrossEntropy>({});
  n.targets.assign(targets.begin(), targets.end());
  n.kept = kept;
  n.smoothing = label_smoothing;
  return in.run(n);
}

Var mse_loss(Operand x, Operand target) {
  const Inputs in("mse_loss", {x, target});
  if (in.shape(0) != in.shape(1)) in.fail("expected x and target of one shape, got " + in.shapes());
  return in.run(in.make<MseLoss>({}));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
