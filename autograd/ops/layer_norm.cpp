// Layer normalization over the last axis (Ba, Kiros, Hinton 2016, "Layer normalization").
#include <cmath>
#include <limits>

#include "autograd/kernels/parallel.h"
#include "autograd/kernels/sums.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// Every row x of C values by itself:
//   z = (x - mean) r,   r = 1 / sqrt(variance + eps),   y = z w + b
// with mean = sum(x) / C and variance = sum((x - mean)^2) / C.   w (C),  b (C).
struct LayerNormOp final : Node {
  Real eps = 0;
  Tensor near, rest, scales;  // of each row, for backward: the mean as near + rest, and r

  const char* op() const override { return "layer_norm"; }
  const char* formula() const override { return "y = (x - mean) / sqrt(variance + eps) w + b"; }
  const char* derivative() const override {
    return "dL/dx = r (H - mean(H) - z mean(z H)), dL/dw = sum of G z, dL/db = sum of G over all rows, H = G w, r = 1 / sqrt(variance + eps), z = (x - mean) r";
  }

  Index width() const { return in(1).size(); }                                  // C
  Index rows() const { return value.shape().outer(value.shape().rank() - 1); }  // M

  bool has_bias() const { return inputs.size() == 3; }

  void forward() override {
    const Index C = width();
    Tensor zeros = scratch({has_bias() ? 0 : C});
    zeros.fill(0);
    const Real* b = has_bias() ? in(2).data() : zeros.data();
    near = scratch({rows()});
    rest = scratch({rows()});
    scales = scratch({rows()});
    parallel_groups(value.size() < 8192 ? 1 : threads(), rows(), [&](Index, Index row) {
      const Real *x = in(0).data() + row * C, *w = in(1).data();
      Real* y = value.data() + row * C;
      const Real share = Real(1) / static_cast<Real>(C);
      // The mean in two parts: where all x are far from 0, the first is off by a rounding that is large beside
      // x - mean. The mean of what is left over corrects it.
      const Real m = sum_of(C, [=](Index i) { return x[i]; }) * share;
      const Real m2 = sum_of(C, [=](Index i) { return x[i] - m; }) * share;
      const Real variance = sum_of(C, [=](Index i) { return (x[i] - m - m2) * (x[i] - m - m2); }) * share;
      // Where the squares overflow, 1 / sqrt(infinity) would be 0 and the result a plausible b.
      const Real r = std::isinf(variance) ? std::numeric_limits<Real>::quiet_NaN() : 1 / std::sqrt(variance + eps);
      for (Index i = 0; i < C; ++i) y[i] = (x[i] - m - m2) * r * w[i] + b[i];
      near[row] = m;
      rest[row] = m2;
      scales[row] = r;
    });
  }

  // G = dL/dy and H = dL/dz = G w, row by row. The mean and r depend on x too. From
  //   dz = r (dx - mean(dx) - z mean(z dx)),   which is symmetric in x and z:
  //   dL/dx = r (H - mean(H) - z mean(z H))
  //   dL/dw = sum over rows of G z
  //   dL/db = sum over rows of G
  void backward() override {
    const Index C = width(), groups = group_count(rows());
    const Target dx = needs(0) ? target(0) : Target{};
    Tensor dw = scratch({groups, C}), db = scratch({groups, C});  // one row for each group
    parallel_groups(value.size() < 8192 ? 1 : threads(), rows(), [&](Index group, Index row) {
      const Real *x = in(0).data() + row * C, *w = in(1).data(), *g = grad.data() + row * C;
      const Real m = near[row], m2 = rest[row], r = scales[row];
      const auto z = [=](Index i) { return (x[i] - m - m2) * r; };
      const bool first = row == group * rows() / groups;
      if (dx.grad) {
        const Real share = Real(1) / static_cast<Real>(C);
        const Real mean_h = sum_of(C, [=](Index i) { return g[i] * w[i]; }) * share;
        const Real mean_zh = sum_of(C, [=](Index i) { return z(i) * (g[i] * w[i]); }) * share;
        Real* to = dx.grad->data() + row * C;
        for (Index i = 0; i < C; ++i) {
          assign_or_add(to[i], dx.add, r * (g[i] * w[i] - mean_h - z(i) * mean_zh));
        }
      }
      if (needs(1)) {
        Real* to = dw.data() + group * C;
        for (Index i = 0; i < C; ++i) assign_or_add(to[i], !first, g[i] * z(i));
      }
      if (has_bias() && needs(2)) {
        Real* to = db.data() + group * C;
        for (Index i = 0; i < C; ++i) assign_or_add(to[i], !first, g[i]);
      }
    });
    for (const int i : {1, 2}) {
      if (i == static_cast<int>(inputs.size()) || !needs(i)) continue;
      const Target to = target(i);
      sum_rows((i == 1 ? dw : db).data(), groups, *to.grad, to.add, threads());
    }
  }
};

Var layer_norm_node(const Inputs& in, double eps) {
  const Shape& s = in.shape(0);
  if (s.rank() < 1 || s[-1] < 1) in.fail("expected x (..., C) with C of 1 or more, got " + s.str());
  for (int i = 1; i < in.count(); ++i)
    if (in.shape(i) != Shape{s[-1]})
      in.fail(std::string("expected x (..., C)") + (in.count() == 3 ? ", weight (C) and bias (C)" : " and weight (C)") +
              ", got " + in.shapes());
  if (!(eps >= 0)) in.fail("expected an eps of 0 or more, got " + number(eps));
  LayerNormOp& n = in.make<LayerNormOp>(s);
  n.eps = static_cast<Real>(eps);
  return in.run(n);
}

}  // namespace

Var layer_norm(Operand x, Operand weight, Operand bias, double eps) {
  return layer_norm_node(Inputs("layer_norm", {x, weight, bias}), eps);
}

Var layer_norm(Operand x, Operand weight, double eps) {
  return layer_norm_node(Inputs("layer_norm", {x, weight}), eps);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
