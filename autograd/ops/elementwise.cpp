// Elementwise ops with one argument: y_i = f(x_i), so that dL/dx_i = G_i f'(x_i) with G = dL/dy.
#include <cmath>
#include <string>
#include <utility>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/functions.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

struct Exp final : Node {
  const char* op() const override { return "exp"; }
  const char* formula() const override { return "y = exp(x)"; }
  const char* derivative() const override { return "dL/dx = G y"; }
  void forward() override {
    assign(value, false, threads(), lanewise([](const Vector& x) { return exp(x); }, in(0)));
  }
  // dy/dx = y
  void backward() override { accumulate(0, array(grad) * array(value)); }
};

struct Log final : Node {
  const char* op() const override { return "log"; }
  const char* formula() const override { return "y = log(x)"; }
  const char* derivative() const override { return "dL/dx = G / x"; }
  void forward() override {
    assign(value, false, threads(),
           lanewise([](const Vector& x) { return each_lane(x, [](Real v) { return std::log(v); }); }, in(0)));
  }
  // dy/dx = 1 / x
  void backward() override { accumulate(0, array(grad) / array(in(0))); }
};

struct Log1p final : Node {
  const char* op() const override { return "log1p"; }
  const char* formula() const override { return "y = log(1 + x)"; }
  const char* derivative() const override { return "dL/dx = G / (1 + x)"; }
  void forward() override {
    assign(value, false, threads(),
           lanewise([](const Vector& x) { return each_lane(x, [](Real v) { return std::log1p(v); }); }, in(0)));
  }
  // dy/dx = 1 / (1 + x)
  void backward() override { accumulate(0, array(grad) / (1 + array(in(0)))); }
};

struct Sin final : Node {
  const char* op() const override { return "sin"; }
  const char* formula() const override { return "y = sin(x)"; }
  const char* derivative() const override { return "dL/dx = G cos(x)"; }
  static Vector of(const Vector& x) {
    return each_lane(x, [](Real v) { return std::sin(v); });
  }
  void forward() override { assign(value, false, threads(), lanewise(of, in(0))); }
  // dy/dx = cos(x)
  void backward() override {
    const auto slope = [](const Vector& G, const Vector& x) {
      return G * each_lane(x, [](Real v) { return std::cos(v); });
    };
    accumulate(0, lanewise(slope, grad, in(0)));
  }
};

struct Cos final : Node {
  const char* op() const override { return "cos"; }
  const char* formula() const override { return "y = cos(x)"; }
  const char* derivative() const override { return "dL/dx = -G sin(x)"; }
  void forward() override {
    assign(value, false, threads(),
           lanewise([](const Vector& x) { return each_lane(x, [](Real v) { return std::cos(v); }); }, in(0)));
  }
  // dy/dx = -sin(x)
  void backward() override {
    accumulate(0, lanewise([](const Vector& G, const Vector& x) { return -G * Sin::of(x); }, grad, in(0)));
  }
};

struct Sqrt final : Node {
  const char* op() const override { return "sqrt"; }
  const char* formula() const override { return "y = sqrt(x)"; }
  const char* derivative() const override { return "dL/dx = G / (2 y)"; }
  void forward() override {
    assign(value, false, threads(), lanewise([](const Vector& x) { return sqrt(x); }, in(0)));
  }
  // dy/dx = 1 / (2 y); infinite at 0
  void backward() override { accumulate(0, array(grad) / (2 * array(value))); }
};

struct Square final : Node {
  const char* op() const override { return "square"; }
  const char* formula() const override { return "y = x^2"; }
  const char* derivative() const override { return "dL/dx = 2 G x"; }
  void forward() override { assign(value, false, threads(), array(in(0)).square()); }
  // dy/dx = 2 x
  void backward() override { accumulate(0, array(grad) * (2 * array(in(0)))); }
};

struct Abs final : Node {
  const char* op() const override { return "abs"; }
  const char* formula() const override { return "y = |x|"; }
  const char* derivative() const override { return "dL/dx = G sign(x)"; }
  void forward() override { assign(value, false, threads(), array(in(0)).abs()); }
  // dy/dx = sign(x), 0 at 0 and at NaN
  void backward() override {
    const ConstArrayMap x = array(in(0)), G = array(std::as_const(grad));
    accumulate(0, (x > 0).select(G, (x < 0).select(negative(G), 0)));
  }
};

// NaN stays NaN, as in PyTorch.
struct Clamp final : Node {
  Real low = 0, high = 0;
  const char* op() const override { return "clamp"; }
  const char* formula() const override { return "y = min(max(x, low), high)"; }
  const char* derivative() const override { return "dL/dx = G where low <= x <= high, else 0"; }
  void forward() override {
    const ConstArrayMap x = array(in(0));
    assign(value, false, threads(), (x < low).select(low, (x > high).select(high, x)));
  }
  // dy/dx = 1 where low <= x <= high, else 0
  void backward() override {
    const ConstArrayMap x = array(in(0));
    accumulate(0, (x >= low && x <= high).select(array(grad), 0));
  }
};

}  // namespace

Var exp(Operand x) {
  return unary<Exp>("exp", x);
}

Var log(Operand x) {
  return unary<Log>("log", x);
}

Var log1p(Operand x) {
  return unary<Log1p>("log1p", x);
}

Var sin(Operand x) {
  return unary<Sin>("sin", x);
}

Var cos(Operand x) {
  return unary<Cos>("cos", x);
}

Var sqrt(Operand x) {
  return unary<Sqrt>("sqrt", x);
}

Var square(Operand x) {
  return unary<Square>("square", x);
}

Var abs(Operand x) {
  return unary<Abs>("abs", x);
}

Var clamp(Operand x, double low, double high) {
  const Inputs in("clamp", {x});
  if (!(low <= high)) in.fail("expected low <= high, got " + number(low) + " and " + number(high));
  Clamp& n = in.make<Clamp>(in.shape(0));
  n.low = static_cast<Real>(low);
  n.high = static_cast<Real>(high);
  return in.run(n);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
