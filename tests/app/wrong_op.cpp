// A tanh whose backward has the wrong sign, in place of the library's: loaded before it (LD_PRELOAD), this shows what
// `gradus gradcheck` does when an op is wrong.
#include <cmath>

#include "autograd/ops.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

struct WrongTanh final : Node {
  const char* op() const override { return "tanh"; }
  const char* formula() const override { return "y = tanh(x)"; }
  void forward() override {
    for (Index i = 0; i < value.size(); ++i) value[i] = std::tanh(in(0)[i]);
  }
  void backward() override {
    if (!needs(0)) return;
    const Target x = target(0);
    for (Index i = 0; i < grad.size(); ++i)
      (*x.grad)[i] = (x.add ? (*x.grad)[i] : 0) - grad[i] * (1 - value[i] * value[i]);
  }
};

}  // namespace

GRADUS_API Var tanh(Operand x) {
  Tape& t = x.var.tape();
  Node* const input = t.check(x.var);
  WrongTanh& n = t.make<WrongTanh>({&input, 1}, x.at);
  n.value = t.tensor(input->value.shape());
  t.run(n);
  return t.var(n);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
