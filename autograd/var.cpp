#include "autograd/var.h"

#include "autograd/error.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

Tape& Var::tape() const {
  if (!tape_) throw Error("Var: this Var refers to nothing; it was never assigned");
  return *tape_;
}

const Node& Var::node() const {
  return *tape().check(*this);
}

const Tensor& Var::value() const {
  return node().value;
}

bool Var::has_grad() const {
  return node().has_grad;
}

const Tensor& Var::grad() const {
  const Node& n = node();
  if (!n.has_grad)
    throw Error(
        std::string("grad: no gradient has reached this ") + n.op() +
        (n.requires_grad ? "; call backward first" : ", and none will: nothing that moves is among its ancestors"));
  return n.grad;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
