#include "autograd/var.h"

#include <ostream>

#include "autograd/error.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

const Var Operand::nothing;

void Var::forget() noexcept {
  delete life_;
}

void Var::refuse(Site at, const char* op) const {
  throw Error(std::string(op) +
              (life_ ? ": the tape of this Var is gone; keep the Tape for as long as its Vars are used"
                     : ": this Var refers to nothing; assign it a result first") +
              (at.line() > 0 ? ", at " + file_line(at) : ""));
}

const Node& Var::node(Site at) const {
  return *tape(at).check(*this, "Var", at);
}

const Tensor& Var::value(Site at) const {
  return node(at).value;
}

Real Var::item(Site at) const {
  const Tensor& v = value(at);
  if (v.size() != 1)
    throw Error("item: expected a Var of one value, got shape " + v.shape().str() + "; reduce it with sum or mean" +
                tape(at).where(at));
  return v[0];
}

bool Var::has_grad(Site at) const {
  return node(at).has_grad;
}

const Tensor& Var::grad(Site at) const {
  const Node& n = node(at);
  if (!n.has_grad)
    throw Error(
        std::string("grad: no gradient has reached this ") + n.op() +
        (n.requires_grad ? "; call backward first" : ", and none will: nothing that moves is among its ancestors") +
        n.tape->where(at));
  return n.grad;
}

std::ostream& operator<<(std::ostream& out, const Var& v) {
  const Node& n = v.node(Site());  // the caller's line is not known
  return out << n.op() << " " << n.value;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
