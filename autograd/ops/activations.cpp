// Activation functions: y_i = f(x_i), so that dL/dx_i = G_i f'(x_i) with G = dL/dy.
#include <numbers>

#include <unsupported/Eigen/SpecialFunctions>

#include "autograd/kernels/eigen_view.h"
#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

struct Tanh final : Node {
  const char* op() const override { return "tanh"; }
  const char* formula() const override { return "y = tanh(x)"; }
  const char* derivative() const override { return "dL/dx = G (1 - y^2)"; }
  void forward() override { assign(value, false, threads(), array(in(0)).tanh()); }
  // dy/dx = 1 - y^2 = 1 / cosh(x)^2. The second form: in float y is 1 from |x| = 9 on, and 1 - y^2 has no digit left.
  // Where cosh overflows, the slope is 0 to the last digit.
  void backward() override { accumulate(0, array(grad) / array(in(0)).cosh().square()); }
};

// exp(-x) overflows to infinity for a very negative x, and y is then 0, as it should be.
struct Sigmoid final : Node {
  const char* op() const override { return "sigmoid"; }
  const char* formula() const override { return "y = 1 / (1 + exp(-x))"; }
  const char* derivative() const override { return "dL/dx = G y (1 - y)"; }
  void forward() override { assign(value, false, threads(), (1 + (-array(in(0))).exp()).inverse()); }
  // dy/dx = y (1 - y) = 1 / (2 cosh(x / 2))^2. The second form, as in tanh: in float y is 1 from x = 17 on.
  void backward() override { accumulate(0, array(grad) / (2 * (array(in(0)) / 2).cosh()).square()); }
};

// NaN stays NaN, as in PyTorch: a network that broke must not look as if it had recovered.
struct Relu final : Node {
  const char* op() const override { return "relu"; }
  const char* formula() const override { return "y = max(x, 0)"; }
  const char* derivative() const override { return "dL/dx = G where x > 0, else 0"; }
  void forward() override { assign(value, false, threads(), (array(in(0)) <= 0).select(0, array(in(0)))); }
  // dy/dx = 1 where x > 0, else 0
  void backward() override { accumulate(0, (array(value) > 0).select(array(grad), 0)); }
};

// y = x Phi(x) with Phi the normal distribution function (Hendrycks and Gimpel 2016, arXiv:1606.08415),
// Phi(x) = (1 + erf(x / sqrt 2)) / 2.
struct Gelu final : Node {
  static constexpr Real root_half = std::numbers::sqrt2_v<Real> / 2;
  const char* op() const override { return "gelu"; }
  const char* formula() const override { return "y = x (1 + erf(x / sqrt 2)) / 2"; }
  const char* derivative() const override {
    return "dL/dx = G (Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)), Phi(x) = (1 + erf(x / sqrt 2)) / 2";
  }

  void forward() override {
    const ConstArrayMap x = array(in(0));
    assign(value, false, threads(), x / 2 * (1 + (root_half * x).erf()));
  }

  // dy/dx = Phi(x) + x Phi'(x), Phi'(x) = exp(-x^2 / 2) / sqrt(2 pi)
  void backward() override {
    constexpr Real scale = root_half * std::numbers::inv_sqrtpi_v<Real>;
    const ConstArrayMap x = array(in(0));
    accumulate(0, array(grad) * ((1 + (root_half * x).erf()) / 2 + scale * x * (x.square() / -2).exp()));
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

  void forward() override {
    const ConstArrayMap x = array(in(0));
    assign(value, false, threads(), x / (1 + (-2 * x * (k + (k * c) * x.square())).exp()));
  }

  // dy/dx = s + x s (1 - s) 2 u',  u' = k (1 + 3 c x^2)
  // s occurs three times and is computed once, for a block that stays in the nearest cache.
  void backward() override {
    const Target to = target(0);
    parallel_pieces(threads(), value.size(), [&](Index begin, Index count) {
      constexpr Index block = 1024;
      Eigen::Array<Real, block, 1> buffer;
      for (Index i = begin; i < begin + count; i += block) {
        const Index n = std::min(block, begin + count - i);
        const ConstArrayMap x(in(0).data() + i, n), G(grad.data() + i, n);
        ArrayMap s = array(buffer.data(), n), dx = array(to.grad->data() + i, n);
        s = (1 + (-2 * x * (k + (k * c) * x.square())).exp()).inverse();
        if (to.add)
          dx += G * (s + x * s * (1 - s) * (2 * k + (6 * k * c) * x.square()));
        else
          dx = G * (s + x * s * (1 - s) * (2 * k + (6 * k * c) * x.square()));
      }
    });
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

Var gelu(Operand x) {
  return unary<Gelu>("gelu", x);
}

Var gelu_tanh(Operand x) {
  return unary<GeluTanh>("gelu_tanh", x);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
