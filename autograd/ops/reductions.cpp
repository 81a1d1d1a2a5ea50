// Reductions over some axes of x: G = dL/dy is spread back over the values that were reduced.
#include <array>
#include <cmath>
#include <limits>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/layout.h"
#include "autograd/kernels/rows.h"
#include "autograd/kernels/sums.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

struct Reduction : Node {
  Shape kept;             // x's shape with size 1 for each reduced axis
  bool trailing = false;  // whether the reduced axes are x's last ones: then each result is of one row of x

  Index count() const { return value.empty() ? 0 : in(0).size() / value.size(); }  // how many values make one result

  // y = the sum over the reduced axes
  void add_up() {
    Tensor y = Tensor::borrow(kept, value.data());
    const Index n = count();
    if (n == 0) return value.fill(0);
    if (!trailing) return sum_to(in(0), y, false);
    const auto row_sum = [&](Index r, int threads) {
      const Real* row = in(0).data() + r * n;
      return static_cast<Real>(sum_pieces(threads, n, [&](Index begin, Index size) {
        return sum_of(size, [from = row + begin](Index i) { return from[i]; });
      }));
    };
    if (y.size() == 1) {
      y[0] = row_sum(0, threads());
    } else {
      parallel_rows(threads(), in(0).size(), n, [&](Index begin, Index end) {
        for (Index r = begin; r < end; ++r) y[r] = row_sum(r, 1);
      });
    }
  }

  // x's gradient += g, repeated along the reduced axes. g has the value's size.
  void spread(Tensor& g) {
    if (g.size() == 1) return accumulate(0, Array::Constant(in(0).size(), g[0]));
    const Target to = target(0);
    const Tensor narrow = Tensor::borrow(kept, g.data());
    if (!to.add) return expand(narrow, *to.grad);
    Tensor wide = scratch(in(0).shape());
    expand(narrow, wide);
    assign(*to.grad, true, threads(), array(wide));
  }
};

struct Sum final : Reduction {
  const char* op() const override { return "sum"; }
  const char* formula() const override { return "y = sum of x"; }
  const char* derivative() const override { return "dL/dx_i = G"; }
  void forward() override { add_up(); }
  // dy/dx_i = 1
  void backward() override { spread(grad); }
};

struct Mean final : Reduction {
  const char* op() const override { return "mean"; }
  const char* formula() const override { return "y = 1/n sum of x"; }
  const char* derivative() const override { return "dL/dx_i = G / n"; }
  void forward() override {
    add_up();
    array(value) /= static_cast<Real>(count());  // NaN where there are no values, as in PyTorch
  }
  // dy/dx_i = 1 / n
  void backward() override {
    Tensor g = scratch(value.shape());
    array(g) = array(grad) / static_cast<Real>(count());
    spread(g);
  }
};

// Works on rows, each of the values that make one result: x itself where the reduced axes are the last ones, or else a
// copy with its axes in that order.
struct RowReduction : Reduction {
  std::array<int, Shape::max_rank> order{};  // axes of x: kept ones, then reduced ones
  Tensor moved;                              // x with its axes in this order, where that is another one

  const Tensor& rows() const { return trailing ? in(0) : moved; }
  ConstArrayMap row(Index r) const { return array(rows().data() + r * count(), count()); }

  // y_r = f(row r)
  template <class F>
  void reduce(const F& f) {
    if (!trailing) {
      std::array<Index, Shape::max_rank> sizes{};
      for (int i = 0; i < in(0).shape().rank(); ++i) sizes[i] = in(0).shape()[order[i]];
      moved = scratch({sizes.data(), in(0).shape().rank()});
      permute_axes(in(0), order.data(), moved, false);
    }
    const Index n = count();
    parallel_rows(threads(), n * value.size(), n, [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) value[r] = f(row(r));
    });
  }

  // x's gradient += dx, in the rows' order
  void give(const Tensor& dx) {
    if (trailing) return accumulate(0, array(dx));
    const Target to = target(0);
    permute_axes_back(dx, order.data(), *to.grad, to.add);
  }
};

// The largest or the smallest of x, NaN where one of them is, as in PyTorch.
struct Extremum : RowReduction {
  // dy/dx_i = 1 / (how many x_j = y) where x_i = y, else 0. Where y is NaN no x_j equals it: all become NaN, as in amax.
  void backward() override {
    const Index n = count();
    Tensor dx = scratch(rows().shape());
    for (Index r = 0; r < value.size(); ++r) {
      const Real share = grad[r] / static_cast<Real>((row(r) == value[r]).count());
      array(dx.data() + r * n, n) = (row(r) == value[r]).cast<Real>() * share;
    }
    give(dx);
  }
  const char* derivative() const override { return "dL/dx_i = G / (how many x_j = y) where x_i = y, else 0"; }
};

struct Max final : Extremum {
  const char* op() const override { return "max"; }
  const char* formula() const override { return "y = the largest of x"; }
  void forward() override {
    reduce([](const ConstArrayMap& x) { return x.maxCoeff<Eigen::PropagateNaN>(); });
  }
};

struct Min final : Extremum {
  const char* op() const override { return "min"; }
  const char* formula() const override { return "y = the smallest of x"; }
  void forward() override {
    reduce([](const ConstArrayMap& x) { return x.minCoeff<Eigen::PropagateNaN>(); });
  }
};

// y = sum_i (x_i - m)^2 / (n - c),  m = sum(x) / n,  c the correction: 1 for the estimate of a sample's source, 0 for the
// variance of the n values themselves.
struct Variance final : RowReduction {
  double correction = 1;
  const char* op() const override { return "var"; }
  const char* formula() const override { return "y = sum of (x - mean)^2 / (n - correction)"; }
  const char* derivative() const override { return "dL/dx_i = 2 G (x_i - mean) / (n - correction)"; }

  Real below() const { return static_cast<Real>(std::max(0.0, static_cast<double>(count()) - correction)); }
  // The mean as near + rest: where all x are far from 0, near is off by a rounding that is large beside x - mean.
  struct Mean {
    Real near, rest;
    explicit Mean(const ConstArrayMap& x) {
      const Real share = 1 / static_cast<Real>(x.size());
      near = sum_of(x.size(), [&](Index i) { return x[i]; }) * share;
      rest = sum_of(x.size(), [&](Index i) { return x[i] - near; }) * share;
    }
    Real from(Real x) const { return x - near - rest; }  // x - m
  };

  void forward() override {
    if (count() == 0) return value.fill(std::numeric_limits<Real>::quiet_NaN());
    reduce([this](const ConstArrayMap& x) {
      const Mean m(x);
      const auto square = [](Real d) { return d * d; };
      return sum_of(x.size(), [&](Index i) { return square(m.from(x[i])); }) / below();
    });
  }

  // dy/dx_i = 2 (x_i - m) / (n - c): through m nothing comes, for the x_i - m add up to 0
  void backward() override {
    const Index n = count();
    Tensor dx = scratch(rows().shape());
    for (Index r = 0; r < value.size(); ++r) {
      const Mean m(row(r));
      array(dx.data() + r * n, n) = row(r).unaryExpr([&](Real x) { return m.from(x); }) * (2 * grad[r] / below());
    }
    give(dx);
  }
};

// Which axes of input 0 are named, each once; all of them where none is.
std::array<bool, Shape::max_rank> chosen(const Inputs& in, const Axes& axes) {
  std::array<bool, Shape::max_rank> reduced{};
  if (axes.size() == 0) reduced.fill(true);
  for (const int a : axes) {
    bool& r = reduced[in.axis_or_scalar(a)];
    if (r) in.fail("expected each axis once, got axis " + std::to_string(a) + " twice");
    r = true;
  }
  return reduced;
}

template <class N>
N& reduction(const Inputs& in, const std::array<bool, Shape::max_rank>& reduced, bool keepdim) {
  const Shape& x = in.shape(0);
  Shape kept = x, dropped = x;
  bool trailing = true, seen = false;
  for (int i = 0; i < x.rank(); ++i) {
    if (reduced[i]) kept = kept.with(i, 1);
    if (!reduced[i] && seen) trailing = false;
    seen = seen || reduced[i];
  }
  for (int i = x.rank() - 1; i >= 0; --i)
    if (reduced[i]) dropped = dropped.without(i);
  N& n = in.make<N>(keepdim ? kept : dropped);
  n.kept = kept;
  n.trailing = trailing;
  return n;
}

template <class N>
N& row_reduction(const Inputs& in, const std::array<bool, Shape::max_rank>& reduced, bool keepdim) {
  N& n = reduction<N>(in, reduced, keepdim);
  int at = 0;
  for (const bool wanted : {false, true})
    for (int i = 0; i < in.shape(0).rank(); ++i)
      if (reduced[i] == wanted) n.order[at++] = i;
  return n;
}

template <class N>
Var extremum(const char* op, Operand x, const Axes& axes, bool keepdim) {
  const Inputs in(op, {x});
  const std::array<bool, Shape::max_rank> reduced = chosen(in, axes);
  for (int i = 0; i < in.shape(0).rank(); ++i)
    if (reduced[i] && in.shape(0)[i] == 0)
      in.fail("expected at least one value along axis " + std::to_string(i) + ", got " + in.shapes());
  return in.run(row_reduction<N>(in, reduced, keepdim));
}

}  // namespace

Var sum(Operand x, Axes axes, bool keepdim) {
  const Inputs in("sum", {x});
  return in.run(reduction<Sum>(in, chosen(in, axes), keepdim));
}

Var mean(Operand x, Axes axes, bool keepdim) {
  const Inputs in("mean", {x});
  return in.run(reduction<Mean>(in, chosen(in, axes), keepdim));
}

Var max(Operand x, Axes axes, bool keepdim) {
  return extremum<Max>("max", x, axes, keepdim);
}

Var min(Operand x, Axes axes, bool keepdim) {
  return extremum<Min>("min", x, axes, keepdim);
}

Var var(Operand x, Axes axes, double correction, bool keepdim) {
  const Inputs in("var", {x});
  if (!(correction >= 0)) in.fail("expected a correction of 0 or more, got " + number(correction));
  Variance& n = row_reduction<Variance>(in, chosen(in, axes), keepdim);
  n.correction = correction;
  return in.run(n);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
