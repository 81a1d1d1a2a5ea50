// Elementwise ops with one argument: y_i = f(x_i), so that dL/dx_i = G_i f'(x_i) with G = dL/dy.
#include <string>

#include "autograd/kernels/eigen_view.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

struct Exp final : Node {
  const char* op() const override { return "exp"; }
  const char* formula() const override { return "y = exp(x)"; }
  const char* derivative() const override { return "dL/dx = G y"; }
  void forward() override { assign(value, false, threads(), array(in(0)).exp()); }
  // dy/dx = y
  void backward() override { accumulate(0, array(grad) * array(value)); }
};

struct Log final : Node {
  const char* op() const override { return "log"; }
  const char* formula() const override { return "y = log(x)"; }
  const char* derivative() const override { return "dL/dx = G / x"; }
  void forward() override { assign(value, false, threads(), array(in(0)).log()); }
  // dy/dx = 1 / x
  void backward() override { accumulate(0, array(grad) / array(in(0))); }
};

struct Sqrt final : Node {
  const char* op() const override { return "sqrt"; }
  const char* formula() const override { return "y = sqrt(x)"; }
  const char* derivative() const override { return "dL/dx = G / (2 y)"; }
  void forward() override { assign(value, false, threads(), array(in(0)).sqrt()); }
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
  // dy/dx = sign(x), 0 at 0
  void backward() override { accumulate(0, array(grad) * array(in(0)).sign()); }
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
  if (!(low <= high)) in.fail("expected low <= high, got " + std::to_string(low) + " and " + std::to_string(high));
  Clamp& n = in.make<Clamp>(in.shape(0));
  n.low = static_cast<Real>(low);
  n.high = static_cast<Real>(high);
  return in.run(n);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
