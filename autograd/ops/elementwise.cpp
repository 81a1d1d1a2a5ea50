// Elementwise ops with one argument: y_i = f(x_i), so that dL/dx_i = G_i f'(x_i) with G = dL/dy.
#include "autograd/eigen_view.h"
#include "autograd/recording.h"

namespace gradus::inline GRADUS_REAL {
namespace {

// y = exp(x)
struct Exp final : Node {
  const char* op() const override { return "exp"; }
  const char* formula() const override { return "y = exp(x)"; }
  void forward() override { assign(value, false, threads(), array(in(0)).exp()); }
  // dy/dx = y
  void backward() override { accumulate(0, array(grad) * array(value)); }
};

}  // namespace

Var exp(Operand x) {
  const Inputs in("exp", {x});
  return in.run(in.make<Exp>(in.shape(0)));
}

}  // namespace gradus::inline GRADUS_REAL
