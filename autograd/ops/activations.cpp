// Activation functions: y_i = f(x_i), so that dL/dx_i = G_i f'(x_i) with G = dL/dy.
#include <cmath>
#include <numbers>

#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/functions.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

struct Tanh final : Node {
  const char* op() const override { return "tanh"; }
  const char* formula() const override { return "y = tanh(x)"; }
  const char* derivative() const override { return "dL/dx = G (1 - y^2)"; }
  void forward() override {
    assign(value, false, threads(), lanewise([](const Vector& x) { return tanh(x); }, in(0)));
  }
  // dy/dx = 1 - y^2 = 4 s'(2 x), s' the sigmoid's derivative. The second form: in float y is 1 from |x| = 9 on, and
  // 1 - y^2 has no digit left.
  void backward() override {
    accumulate(0,
               lanewise([](const Vector& G, const Vector& x) { return G * (4 * sigmoid_slope(2 * x)); }, grad, in(0)));
  }
};

struct Sigmoid final : Node {
  const char* op() const override { return "sigmoid"; }
  const char* formula() const override { return "y = 1 / (1 + exp(-x))"; }
  const char* derivative() const override { return "dL/dx = G y (1 - y)"; }
  void forward() override {
    assign(value, false, threads(), lanewise([](const Vector& x) { return sigmoid(x); }, in(0)));
  }
  // dy/dx = y (1 - y) = e / (1 + e)^2 with e = exp(-|x|). The second form, as in tanh: in float y is 1 from x = 17 on.
  void backward() override {
    accumulate(0, lanewise([](const Vector& G, const Vector& x) { return G * sigmoid_slope(x); }, grad, in(0)));
  }
};

// NaN stays NaN, as in PyTorch: a network that broke must not look as if it had recovered.
struct Relu final : Node {
  const char* op() const override { return "relu"; }
  const char* formula() const override { return "y = max(x, 0)"; }
  const char* derivative() const override { return "dL/dx = G where x > 0, else 0"; }
  void forward() override { assign(value, false, threads(), (array(in(0)) <= 0).select(0, array(in(0)))); }
  // dy/dx = 1 where x > 0, 0 where x <= 0, and 1 at NaN, as in PyTorch
  void backward() override { accumulate(0, (array(value) <= 0).select(0, array(grad))); }
};

// NaN stays NaN.
struct LeakyRelu final : Node {
  Real slope = 0;
  const char* op() const override { return "leaky_relu"; }
  const char* formula() const override { return "y = x where x > 0, else slope x"; }
  const char* derivative() const override { return "dL/dx = G where x > 0, else slope G"; }
  void forward() override {
    const ConstArrayMap x = array(in(0));
    assign(value, false, threads(), (x > 0).select(x, x * slope));
  }
  // dy/dx = 1 where x > 0, else the slope
  void backward() override { accumulate(0, (array(in(0)) > 0).select(array(grad), array(grad) * slope)); }
};

// y = x s(x) with s the sigmoid (Elfwing, Uchibe, Doya 2017, arXiv:1702.03118).
struct Silu final : Node {
  const char* op() const override { return "silu"; }
  const char* formula() const override { return "y = x / (1 + exp(-x))"; }
  const char* derivative() const override { return "dL/dx = G (s + x s (1 - s)), s = 1 / (1 + exp(-x))"; }
  void forward() override {
    assign(value, false, threads(), lanewise([](const Vector& x) { return x * sigmoid(x); }, in(0)));
  }
  // dy/dx = s + x s',  s' = s (1 - s)
  void backward() override {
    const auto slope = [](const Vector& G, const Vector& x) { return G * (sigmoid(x) + x * sigmoid_slope(x)); };
    accumulate(0, lanewise(slope, grad, in(0)));
  }
};

// y = x Phi(x) with Phi the normal distribution function (Hendrycks and Gimpel 2016, arXiv:1606.08415),
// Phi(x) = (1 + erf(x / sqrt 2)) / 2 = erfc(-x / sqrt 2) / 2. The second form: 1 + erf would lose its digits where erf is
// close to -1.
struct Gelu final : Node {
  const char* op() const override { return "gelu"; }
  const char* formula() const override { return "y = x (1 + erf(x / sqrt 2)) / 2"; }
  const char* derivative() const override {
    return "dL/dx = G (Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)), Phi(x) = (1 + erf(x / sqrt 2)) / 2";
  }

  static Vector Phi(const Vector& x) {
    constexpr Real root_half = std::numbers::sqrt2_v<Real> / 2;
    return each_lane(x, [](Real v) { return std::erfc(-root_half * v) / 2; });
  }

  void forward() override {
    assign(value, false, threads(), lanewise([](const Vector& x) { return x * Phi(x); }, in(0)));
  }

  // dy/dx = Phi(x) + x Phi'(x), Phi'(x) = exp(-x^2 / 2) / sqrt(2 pi)
  void backward() override {
    constexpr Real scale = std::numbers::inv_sqrtpi_v<Real> * std::numbers::sqrt2_v<Real> / 2;
    const auto slope = [](const Vector& G, const Vector& x) { return G * (Phi(x) + scale * x * exp(x * x / -2)); };
    accumulate(0, lanewise(slope, grad, in(0)));
  }
};

// The same reference's approximation, which GPT-2 uses: y = x / 2 (1 + tanh u), u = k (x + c x^3). Computed as
// y = x s, s = (1 + tanh u) / 2 = 1 / (1 + exp(-2 u)): 1 + tanh u would lose its digits where tanh is close to -1.
struct GeluTanh final : Node {
  static constexpr auto k = static_cast<Real>(0.7978845608028654);  // sqrt(2 / pi)
  static constexpr auto c = static_cast<Real>(0.044715);
  const char* op() const override { return "gelu_tanh"; }
  const char* formula() const override { return "y = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))"; }
  const char* derivative() const override {
    return "dL/dx = G (s + 2 x s (1 - s) u'), s = y / x = 1 / (1 + exp(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3)";
  }

  // a s = a / (1 + exp(-2 u)), for a negative u as a exp(2 u) / (1 + exp(2 u)), whose tail does not vanish
  static Vector share(const Vector& a, const Vector& x) {
    const Vector t = x * (2 * k + (2 * k * c) * (x * x)), e = exp(-abs(t));
    return (t < 0 ? a * e : a) / (1 + e);
  }

  void forward() override {
    assign(value, false, threads(), lanewise([](const Vector& x) { return share(x, x); }, in(0)));
  }

  // dy/dx = s + x s (1 - s) 2 u',  u' = k (1 + 3 c x^2)
  void backward() override {
    const auto slope = [](const Vector& G, const Vector& x) {
      const Vector s = share(splat(1), x);
      return G * (s + x * s * (1 - s) * (2 * k + (6 * k * c) * (x * x)));
    };
    accumulate(0, lanewise(slope, grad, in(0)));
  }
};

}  // namespace

Var tanh(Operand x) {
  return unary<Tanh>("tanh", x);
}

Var sigmoid(Operand x) {
  return unary<Sigmoid>("sigmoid", x);
}

Var relu(Operand x) {
  return unary<Relu>("relu", x);
}

Var leaky_relu(Operand x, double slope) {
  const Inputs in("leaky_relu", {x});
  LeakyRelu& n = in.make<LeakyRelu>(in.shape(0));
  n.slope = static_cast<Real>(slope);
  return in.run(n);
}

Var silu(Operand x) {
  return unary<Silu>("silu", x);
}

Var gelu(Operand x) {
  return unary<Gelu>("gelu", x);
}

Var gelu_tanh(Operand x) {
  return unary<GeluTanh>("gelu_tanh", x);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
