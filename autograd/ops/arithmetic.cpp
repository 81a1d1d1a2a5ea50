// Elementwise ops with two or more arguments, whose shapes broadcast by PyTorch's rule: C = f(A, B), G = dL/dC.
// An argument that is repeated along an axis gets the sum of the gradients of its copies.
#include <cmath>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/layout.h"
#include "autograd/kernels/sums.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

struct Broadcast : Node {
  const Real* args[3] = {};

  // Argument i in the value's shape.
  ConstArrayMap arg(int i) const { return array(args[i], value.size()); }

  // Repeats the arguments that need it. Equal shapes, the common case, copy nothing.
  void widen() {
    for (int i = 0; i < static_cast<int>(inputs.size()); ++i) {
      args[i] = in(i).data();
      if (in(i).shape() == value.shape()) continue;
      Tensor wide = scratch(value.shape());
      if (in(i).size() == 1)
        wide.fill(in(i)[0]);
      else
        expand(in(i), wide);
      args[i] = wide.data();
    }
  }

  // inputs[i].grad += g, an expression over the value's elements, summed over the copies of each element.
  template <class Expression>
  void give(int i, const Expression& g) {
    if (!needs(i)) return;
    if (in(i).shape() == value.shape()) {
      accumulate(i, g);
    } else if (in(i).size() == 1) {
      const double sum = sum_pieces(threads(), g.size(), [&](Index b, Index n) { return g.segment(b, n).sum(); });
      accumulate(i, Array::Constant(in(i).size(), static_cast<Real>(sum)));
    } else {
      Tensor whole = scratch(value.shape());
      assign(whole, false, threads(), g);
      accumulate_broadcast(i, whole);
    }
  }
};

struct Add final : Broadcast {
  const char* op() const override { return "add"; }
  const char* formula() const override { return "C = A + B"; }
  const char* derivative() const override { return "dL/dA = G, dL/dB = G"; }
  void forward() override {
    widen();
    assign(value, false, threads(), arg(0) + arg(1));
  }
  // dC/dA = dC/dB = 1
  void backward() override {
    give(0, array(grad));
    give(1, array(grad));
  }
};

struct Sub final : Broadcast {
  const char* op() const override { return "sub"; }
  const char* formula() const override { return "C = A - B"; }
  const char* derivative() const override { return "dL/dA = G, dL/dB = -G"; }
  void forward() override {
    widen();
    assign(value, false, threads(), arg(0) - arg(1));
  }
  // dC/dA = 1, dC/dB = -1
  void backward() override {
    give(0, array(grad));
    give(1, negative(array(grad)));
  }
};

struct Mul final : Broadcast {
  const char* op() const override { return "mul"; }
  const char* formula() const override { return "C = A * B"; }
  const char* derivative() const override { return "dL/dA = G * B, dL/dB = G * A"; }
  void forward() override {
    widen();
    assign(value, false, threads(), arg(0) * arg(1));
  }
  // dC/dA = B, dC/dB = A
  void backward() override {
    give(0, array(grad) * arg(1));
    give(1, array(grad) * arg(0));
  }
};

struct Div final : Broadcast {
  const char* op() const override { return "div"; }
  const char* formula() const override { return "C = A / B"; }
  const char* derivative() const override { return "dL/dA = G / B, dL/dB = -G * C / B"; }
  void forward() override {
    widen();
    assign(value, false, threads(), arg(0) / arg(1));
  }
  // dC/dA = 1 / B, dC/dB = -A / B^2 = -C / B
  void backward() override {
    give(0, array(grad) / arg(1));
    give(1, negative(array(grad) * array(value) / arg(1)));
  }
};

// Not Eigen's -x: in whole vectors it makes 0 of 0, where it is -0.
struct Neg final : Node {
  const char* op() const override { return "neg"; }
  const char* formula() const override { return "y = -x"; }
  const char* derivative() const override { return "dL/dx = -G"; }
  void forward() override { assign(value, false, threads(), negative(array(in(0)))); }
  // dy/dx = -1
  void backward() override { accumulate(0, negative(array(grad))); }
};

// A NaN in either argument gives NaN, as in PyTorch.
struct Maximum final : Broadcast {
  const char* op() const override { return "maximum"; }
  const char* formula() const override { return "C = max(A, B)"; }
  const char* derivative() const override {
    return "dL/dA = G where A > B, G / 2 where A = B, else 0; dL/dB the other way round";
  }
  void forward() override {
    widen();
    const ConstArrayMap a = arg(0), b = arg(1);
    assign(value, false, threads(), (a > b || a != a).select(a, b));
  }
  // dC/dA = 1 where A > B, 1/2 where A = B, 0 where A < B; dC/dB the other way round. At a NaN both are 1.
  void backward() override {
    for (int i = 0; i < 2; ++i) {
      const ConstArrayMap a = arg(i), b = arg(1 - i);
      give(i, (a < b).select(0, (a == b).select(array(grad) / 2, array(grad))));
    }
  }
};

struct Minimum final : Broadcast {
  const char* op() const override { return "minimum"; }
  const char* formula() const override { return "C = min(A, B)"; }
  const char* derivative() const override {
    return "dL/dA = G where A < B, G / 2 where A = B, else 0; dL/dB the other way round";
  }
  void forward() override {
    widen();
    const ConstArrayMap a = arg(0), b = arg(1);
    assign(value, false, threads(), (a < b || a != a).select(a, b));
  }
  // dC/dA = 1 where A < B, 1/2 where A = B, 0 where A > B; dC/dB the other way round. At a NaN both are 1.
  void backward() override {
    for (int i = 0; i < 2; ++i) {
      const ConstArrayMap a = arg(i), b = arg(1 - i);
      give(i, (a > b).select(0, (a == b).select(array(grad) / 2, array(grad))));
    }
  }
};

// The branch not taken may be infinite or NaN: it is left out, not multiplied by 0. The condition has no gradient.
struct Where final : Broadcast {
  const char* op() const override { return "where"; }
  const char* formula() const override { return "D = A where C != 0, else B"; }
  const char* derivative() const override { return "dL/dA = G where C != 0, else 0; dL/dB = G where C = 0, else 0"; }
  void forward() override {
    widen();
    assign(value, false, threads(), (arg(0) != 0).select(arg(1), arg(2)));
  }
  // dD/dA = 1 where C != 0, else 0; dD/dB = 1 where C = 0, else 0
  void backward() override {
    give(1, (arg(0) != 0).select(array(grad), 0));
    give(2, (arg(0) == 0).select(array(grad), 0));
  }
};

// 0^0 = 1; a negative base with a fractional exponent gives NaN: as std::pow.
struct Power final : Node {
  Real exponent = 0;
  const char* op() const override { return "power"; }
  const char* formula() const override { return "y = x^p"; }
  const char* derivative() const override { return "dL/dx = G p x^(p - 1)"; }
  void forward() override {
    assign(value, false, threads(), array(in(0)).unaryExpr([p = exponent](Real x) { return std::pow(x, p); }));
  }
  // dy/dx = p x^(p-1); for p = 0 it is 0 everywhere, also at x = 0, where the formula would give 0 * infinity
  void backward() override {
    const Real p = exponent;
    accumulate(0, array(grad) * array(in(0)).unaryExpr([p](Real x) { return p == 0 ? 0 : p * std::pow(x, p - 1); }));
  }
};

// The shape that all inputs broadcast to.
Shape broadcast_of(const Inputs& in) {
  return in.shaped([&] {
    Shape shape = in.shape(0);
    for (int i = 1; i < in.count(); ++i)
      if (!broadcast_shapes(shape, in.shape(i), shape))
        throw Error("expected shapes that broadcast to one another, got " + in.shapes());
    return shape;
  });
}

template <class N>
Var broadcast(const char* op, Operand a, Operand b) {
  const Inputs in(op, {a, b});
  return in.run(in.make<N>(broadcast_of(in)));
}

}  // namespace

Var operator+(Operand a, Operand b) {
  return broadcast<Add>("add", a, b);
}

Var operator-(Operand a, Operand b) {
  return broadcast<Sub>("sub", a, b);
}

Var operator*(Operand a, Operand b) {
  return broadcast<Mul>("mul", a, b);
}

Var operator/(Operand a, Operand b) {
  return broadcast<Div>("div", a, b);
}

Var operator-(Operand a) {
  return unary<Neg>("neg", a);
}

Var maximum(Operand a, Operand b) {
  return broadcast<Maximum>("maximum", a, b);
}

Var minimum(Operand a, Operand b) {
  return broadcast<Minimum>("minimum", a, b);
}

Var where(Operand condition, Operand a, Operand b) {
  const Inputs in("where", {condition, a, b});
  return in.run(in.make<Where>(broadcast_of(in)));
}

Var power(Operand a, double exponent) {
  const Inputs in("power", {a});
  Power& n = in.make<Power>(in.shape(0));
  n.exponent = static_cast<Real>(exponent);
  return in.run(n);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
