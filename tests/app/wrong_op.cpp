// A tanh whose backward has the wrong sign, in place of the library's: loaded before it (LD_PRELOAD), this shows what
// `gradus gradcheck` does when an op is wrong.
#include <cmath>

#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

struct WrongTanh final : Node {
  const char* op() const override { return "tanh"; }
  const char* formula() const override { return "y = tanh(x)"; }
  const char* derivative() const override { return "dL/dx = -G (1 - y^2)"; }
  void forward() override {
    for (Index i = 0; i < value.size(); ++i) value[i] = std::tanh(in(0)[i]);
  }
  void backward() override {
    accumulate(0, [&](Index i) { return -grad[i] * (1 - value[i] * value[i]); });
  }
};

}  // namespace

GRADUS_API Var tanh(Operand x) {
  return unary<WrongTanh>("tanh", x);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
