// Ops that change where values stand, and compute nothing: backward puts each gradient back where its value came from.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/layout.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// Axis i of y is axis order[i] of x.
struct Permute final : Node {
  const char* name = "permute";  // or transpose
  std::array<int, Shape::max_rank> order{};
  const char* op() const override { return name; }
  const char* formula() const override { return "y = x with its axes in another order"; }
  const char* derivative() const override { return "dL/dx = G with its axes in x's order"; }
  void forward() override { permute_axes(in(0), order.data(), value, false); }

  // dL/dx = G with its axes in x's order: axis order[i] of x is axis i of G
  void backward() override {
    const Target to = target(0);
    permute_axes_back(grad, order.data(), *to.grad, to.add);
  }
};

// y shares x's memory: the values of a node never change.
struct Reshape final : Node {
  const char* op() const override { return "reshape"; }
  const char* formula() const override { return "y = x in another shape"; }
  const char* derivative() const override { return "dL/dx = G in x's shape"; }
  void forward() override {}
  // dy/dx = 1, in the same order in memory
  void backward() override { accumulate(0, array(grad)); }
};

// x (outer, n, inner) -> y (outer, count, inner), y_j = x_(begin + j step)
struct Slice final : Node {
  int axis = 0;
  Index begin = 0, step = 1;
  const char* op() const override { return "slice"; }
  const char* formula() const override { return "y = x[begin:end:step] along one axis"; }
  const char* derivative() const override { return "dL/dx = G at what was picked, else 0"; }

  // What is picked for one place of the outer axes is one run of memory, or with a step `count` runs.
  Index runs() const { return step == 1 ? 1 : value.shape()[axis]; }
  Index run_length() const { return (step == 1 ? value.shape()[axis] : 1) * value.shape().inner(axis); }

  void forward() override {
    const Shape& x = in(0).shape();
    const Index inner = x.inner(axis), length = x[axis] * inner, picked = value.shape()[axis] * inner;
    for (Index o = 0; o < x.outer(axis); ++o)
      matrix(value.data() + o * picked, runs(), run_length(), run_length()) =
          matrix(in(0).data() + o * length + begin * inner, runs(), run_length(), step * inner);
  }

  // dL/dx_(begin + j step) = G_j, and 0 elsewhere
  void backward() override {
    const Target to = target(0);
    const Shape& x = in(0).shape();
    const Index inner = x.inner(axis), n = x[axis], count = value.shape()[axis];
    for (Index o = 0; o < x.outer(axis); ++o) {
      Real* dx = to.grad->data() + o * n * inner;
      if (!to.add) array(dx, n * inner).setZero();
      matrix(dx + begin * inner, runs(), run_length(), step * inner) +=
          matrix(std::as_const(grad).data() + o * count * inner, runs(), run_length(), run_length());
    }
  }
};

// x (outer, n, inner) -> y (outer, before + n + after, inner)
struct Pad final : Node {
  int axis = 0;
  Index before = 0;
  Real filling = 0;
  const char* op() const override { return "pad"; }
  const char* formula() const override { return "y = x with a constant before and after it along one axis"; }
  const char* derivative() const override { return "dL/dx = G without what was put around x"; }

  void forward() override {
    const Index outer = value.shape().outer(axis), inner = value.shape().inner(axis);
    const Index length = in(0).shape()[axis] * inner, wide = value.shape()[axis] * inner, first = before * inner;
    for (Index o = 0; o < outer; ++o) {
      ArrayMap y = array(value.data() + o * wide, wide);
      y.head(first).setConstant(filling);
      y.segment(first, length) = array(in(0).data() + o * length, length);
      y.tail(wide - first - length).setConstant(filling);
    }
  }

  // dL/dx = G without what was put around x
  void backward() override {
    const Target to = target(0);
    const Index outer = value.shape().outer(axis), inner = value.shape().inner(axis);
    const Index length = in(0).shape()[axis] * inner, wide = value.shape()[axis] * inner;
    const ConstMatrixMap G = matrix(std::as_const(grad).data() + before * inner, outer, length, wide);
    assign_or_add(matrix(*to.grad, outer, length), to.add, G);
  }
};

// x_k (outer, n_k, inner) -> y (outer, sum of n_k, inner)
struct Concat final : Node {
  int axis = 0;
  const char* op() const override { return "concat"; }
  const char* formula() const override { return "y = the inputs behind one another along one axis"; }
  const char* derivative() const override { return "dL/dx_k = its part of G"; }

  // How many values of input k stand side by side in memory.
  Index length(int k) const { return in(k).shape()[axis] * in(k).shape().inner(axis); }

  void forward() override {
    const Index outer = value.shape().outer(axis), wide = value.shape()[axis] * value.shape().inner(axis);
    Index offset = 0;
    for (int k = 0; k < static_cast<int>(inputs.size()); offset += length(k++))
      matrix(value.data() + offset, outer, length(k), wide) = matrix(in(k), outer, length(k));
  }

  // dL/dx_k = its part of G
  void backward() override {
    const Index outer = value.shape().outer(axis), wide = value.shape()[axis] * value.shape().inner(axis);
    Index offset = 0;
    for (int k = 0; k < static_cast<int>(inputs.size()); offset += length(k++)) {
      if (!needs(k)) continue;
      const Target to = target(k);
      const ConstMatrixMap G = matrix(std::as_const(grad).data() + offset, outer, length(k), wide);
      assign_or_add(matrix(*to.grad, outer, length(k)), to.add, G);
    }
  }
};

// The axes along which x has size 1, or which it does not have, repeat it.
struct Expand final : Node {
  const char* op() const override { return "expand"; }
  const char* formula() const override { return "y = x repeated to a larger shape"; }
  const char* derivative() const override { return "dL/dx = the sum of G over the copies"; }
  void forward() override { expand(in(0), value); }
  // dL/dx_i = sum of G_j over the copies j of x_i
  void backward() override { accumulate_broadcast(0, grad); }
};

Var run_permute(const Inputs& in, const char* name, const std::array<int, Shape::max_rank>& order) {
  const Shape& x = in.shape(0);
  Shape shape = x;
  for (int i = 0; i < x.rank(); ++i) shape = shape.with(i, x[order[i]]);
  Permute& n = in.make<Permute>(shape);
  n.name = name;
  n.order = order;
  return in.run(n);
}

}  // namespace

Var transpose(Operand x, int axis_a, int axis_b) {
  const Inputs in("transpose", {x});
  const int a = in.axis_or_scalar(axis_a), b = in.axis_or_scalar(axis_b);
  std::array<int, Shape::max_rank> order{0, 1, 2, 3, 4, 5};
  std::swap(order[a], order[b]);
  return run_permute(in, "transpose", order);
}

Var expand(Operand x, const Shape& shape) {
  const Inputs in("expand", {x});
  Shape both;
  if (!broadcast_shapes(in.shape(0), shape, both) || both != shape)
    in.fail("expected a shape that " + in.shapes() + " broadcasts to, got " + shape.str());
  return in.run(in.make<Expand>(shape));
}

Var permute(Operand x, Axes axes) {
  const Inputs in("permute", {x});
  std::array<int, Shape::max_rank> order{};
  std::array<bool, Shape::max_rank> used{};
  int count = 0;
  bool once = static_cast<int>(axes.size()) == in.shape(0).rank();
  for (const int a : axes) {
    if (!once) break;
    const int axis = in.axis(a);
    once = !used[axis];
    used[axis] = true;
    order[count++] = axis;
  }
  if (!once) {
    std::string got;
    for (const int a : axes) got += (got.empty() ? "" : ", ") + std::to_string(a);
    in.fail("expected each axis of " + in.shapes() + " once, got (" + got + ")");
  }
  return run_permute(in, "permute", order);
}

Var reshape(Operand x, const Shape& shape) {
  const Inputs in("reshape", {x});
  if (shape.size() != in.shape(0).size())
    in.fail("expected a shape of " + std::to_string(in.shape(0).size()) + " values, as " + in.shapes() + ", got " +
            shape.str());
  Reshape& n = in.make<Reshape>({0});
  n.value = Tensor::borrow(shape, const_cast<Real*>(n.in(0).data()));
  return in.run(n);
}

Var reshape(Operand x, std::initializer_list<Index> sizes) {
  const Inputs in("reshape", {x});
  Index known = 1, open = 0;
  bool overflows = false;
  std::string got;
  for (const Index n : sizes) {
    got += (got.empty() ? "" : ", ") + std::to_string(n);
    overflows |= __builtin_mul_overflow(known, n < 0 ? 1 : n, &known);
    open += n == -1;
  }
  const Index size = in.shape(0).size();
  const bool fits = !overflows && (open == 0 || (open == 1 && known > 0 && size % known == 0));
  if (!fits || std::any_of(sizes.begin(), sizes.end(), [](Index n) { return n < -1; }) ||
      sizes.size() > Shape::max_rank)
    in.fail("expected at most 6 sizes, one of them -1 if the others divide the " + std::to_string(size) +
            " values of " + in.shapes() + ", got (" + got + ")");
  std::array<Index, Shape::max_rank> filled{};
  std::transform(sizes.begin(), sizes.end(), filled.begin(), [&](Index n) { return n == -1 ? size / known : n; });
  return reshape(x, in.shaped([&] { return Shape(filled.data(), static_cast<int>(sizes.size())); }));
}

Var slice(Operand x, int axis, Index begin, Index end, Index step) {
  const Inputs in("slice", {x});
  const int a = in.axis(axis);
  const Index n = in.shape(0)[a];
  const Index first = begin < 0 ? begin + n : begin, last = end < 0 ? end + n : end;
  if (first < 0 || first > last || last > n || step < 1)
    in.fail("expected 0 <= begin <= end <= " + std::to_string(n) + " and a step of 1 or more along axis " +
            std::to_string(a) + " of " + in.shapes() + ", got " + std::to_string(begin) + ":" + std::to_string(end) +
            ":" + std::to_string(step));
  Slice& s = in.make<Slice>(in.shape(0).with(a, first == last ? 0 : (last - first - 1) / step + 1));
  s.axis = a;
  s.begin = first;
  s.step = std::min(step, std::max<Index>(n, 1));  // a longer step reaches nothing more
  return in.run(s);
}

Var pad(Operand x, int axis, Index before, Index after, double value) {
  const Inputs in("pad", {x});
  const int a = in.axis(axis);
  if (before < 0 || after < 0)
    in.fail("expected 0 or more values before and after, got " + std::to_string(before) + " and " +
            std::to_string(after));
  const Index most = Shape::max_size - in.shape(0)[a];
  if (before > most || after > most - before)
    in.fail("expected at most " + std::to_string(Shape::max_size) + " values along axis " + std::to_string(a) +
            " with the padding, got " + std::to_string(before) + " + " + std::to_string(in.shape(0)[a]) + " + " +
            std::to_string(after));
  Pad& n = in.make<Pad>(in.shaped([&] { return in.shape(0).with(a, before + in.shape(0)[a] + after); }));
  n.axis = a;
  n.before = before;
  n.filling = static_cast<Real>(value);
  return in.run(n);
}

Var concat(std::span<const Var> parts, int axis, Site at) {
  const Inputs in("concat", parts, at);
  const int a = in.axis(axis);
  Index sum = 0;
  for (int k = 0; k < in.count(); ++k) {
    const Shape& part = in.shape(k);
    if (part.rank() != in.shape(0).rank() || part.with(a, 0) != in.shape(0).with(a, 0))
      in.fail("expected shapes that differ along axis " + std::to_string(a) + " only, got " + in.shapes());
    sum += part[a];
  }
  Concat& n = in.make<Concat>(in.shaped([&] { return in.shape(0).with(a, sum); }));
  n.axis = a;
  return in.run(n);
}

Var stack(std::span<const Var> parts, int axis, Site at) {
  const Inputs in("stack", parts, at);
  for (int k = 1; k < in.count(); ++k)
    if (in.shape(k) != in.shape(0)) in.fail("expected equal shapes, got " + in.shapes());
  const int a = in.new_axis(axis);
  std::vector<Var> wide;
  for (const Var& v : parts) wide.push_back(reshape(Operand(v, at), v.shape().inserted(a, 1)));
  return concat(wide, a, at);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
