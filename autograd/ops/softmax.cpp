// Softmax and its relatives, along the last axis of x: each row (V) of x for itself, G = dL/dy. Another axis is first
// transposed to be the last.
//
// The row's maximum m is subtracted before exp: exp overflows float above 88.7 (double above 709), and
// softmax(x) = softmax(x - m).
#include <cmath>
#include <utility>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/rows.h"
#include "autograd/kernels/sums.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

struct RowOp : Node {
  Index V() const { return in(0).shape().rank() == 0 ? 1 : in(0).shape()[-1]; }
  ConstArrayMap row(const Tensor& t, Index r) const { return {t.data() + r * V(), V()}; }
  ArrayMap row(Tensor& t, Index r) const { return {t.data() + r * V(), V()}; }
  static Real sum(const ConstArrayMap& x) {
    return sum_of(x.size(), [&](Index i) { return x[i]; });
  }
};

struct Softmax final : RowOp {
  const char* op() const override { return "softmax"; }
  const char* formula() const override { return "y_i = exp(x_i) / sum_j exp(x_j)"; }
  const char* derivative() const override { return "dL/dx_j = y_j (G_j - sum_i G_i y_i)"; }

  void forward() override {
    parallel_rows(threads(), value.size(), V(), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) row(value, r) = row(in(0), r) - row(in(0), r).maxCoeff();
      Real* block = value.data() + begin * V();
      map_vectors((end - begin) * V(), block, false, [](const Vector& x) { return exp(x); }, block);
      for (Index r = begin; r < end; ++r) row(value, r) /= sum(row(std::as_const(value), r));
    });
  }

  // dy_i/dx_j = y_i (1[i = j] - y_j), so that dL/dx_j = y_j (G_j - sum_i G_i y_i)
  void backward() override {
    const Target to = target(0);
    parallel_rows(threads(), value.size(), V(), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const ConstArrayMap y = row(std::as_const(value), r), G = row(std::as_const(grad), r);
        const Real dot = sum_of(V(), [&](Index i) { return G[i] * y[i]; });
        assign_or_add(row(*to.grad, r), to.add, y * (G - dot));
      }
    });
  }
};

struct LogSoftmax final : RowOp {
  const char* op() const override { return "log_softmax"; }
  const char* formula() const override { return "y_i = x_i - log(sum_j exp(x_j))"; }
  const char* derivative() const override { return "dL/dx_j = G_j - exp(y_j) sum_i G_i"; }

  void forward() override {
    parallel_rows(threads(), value.size(), V(), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const ConstArrayMap x = row(in(0), r);
        const Real m = x.maxCoeff();
        row(value, r) = (x - m) - std::log(sum_of_exp(x.data(), V(), m));
      }
    });
  }

  // dy_i/dx_j = 1[i = j] - exp(y_j), so that dL/dx_j = G_j - exp(y_j) sum_i G_i
  void backward() override {
    const Target to = target(0);
    parallel_rows(threads(), value.size(), V(), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const ConstArrayMap y = row(std::as_const(value), r), G = row(std::as_const(grad), r);
        const Real s = sum(G);
        map_vectors(
            V(), to.grad->data() + r * V(), to.add,
            [s](const Vector& g, const Vector& log_p) { return g - exp(log_p) * s; }, G.data(), y.data());
      }
    });
  }
};

struct LogSumExpOp final : RowOp {
  const char* op() const override { return "logsumexp"; }
  const char* formula() const override { return "y = log(sum_j exp(x_j))"; }
  const char* derivative() const override { return "dL/dx_j = G exp(x_j - y)"; }

  void forward() override {
    if (V() == 0) return value.fill(-HUGE_VAL);  // the logarithm of an empty sum
    parallel_rows(threads(), in(0).size(), V(), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const LogSumExp y(row(in(0), r));
        value[r] = y.largest + y.log_sum;
      }
    });
  }

  // dy/dx_j = exp(x_j) / sum = exp(x_j - y), with y again as its two summands: their rounded sum y has lost digits of
  // the smaller one (near 1000 a float is good to 3e-5).
  void backward() override {
    const Target to = target(0);
    parallel_rows(threads(), in(0).size(), V(), [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const LogSumExp y(row(in(0), r));
        const auto slope = [&](const Vector& x) { return grad[r] * exp(x - y.largest - y.log_sum); };
        map_vectors(V(), to.grad->data() + r * V(), to.add, slope, in(0).data() + r * V());
      }
    });
  }
};

// Records N along `axis` of x. A result of x's own shape is transposed back.
template <class N>
Var along(const char* op, Operand x, int axis) {
  const Inputs in(op, {x});
  const int last = in.shape(0).rank() - 1;
  const int from_front = in.axis_or_scalar(axis);
  if (from_front >= last) return in.run(in.make<N>(in.shape(0)));
  const Var y = along<N>(op, Operand(transpose(x, from_front, last), x.at), last);
  return transpose(Operand(y, x.at), from_front, last);
}

}  // namespace

Var softmax(Operand x, int axis) {
  return along<Softmax>("softmax", x, axis);
}

Var log_softmax(Operand x, int axis) {
  return along<LogSoftmax>("log_softmax", x, axis);
}

Var logsumexp(Operand x, int axis, bool keepdim) {
  const Inputs in("logsumexp", {x});
  const int last = in.shape(0).rank() - 1;
  const int from_front = in.axis_or_scalar(axis);
  if (last < 0) return in.run(in.make<LogSumExpOp>({}));
  const Shape kept = in.shape(0).with(from_front, 1), dropped = in.shape(0).without(from_front);
  if (from_front == last) return in.run(in.make<LogSumExpOp>(keepdim ? kept : dropped));
  const Var y = logsumexp(Operand(transpose(x, from_front, last), x.at), last, true);
  return reshape(Operand(transpose(Operand(y, x.at), from_front, last), x.at), keepdim ? kept : dropped);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
