#include "autograd/node.h"

#include "autograd/kernels/layout.h"
#include "autograd/kernels/product.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

Node::~Node() = default;

Node::Flops Node::flops() const {
  return {};
}

Node::Target Node::target(int i) {
  Node& input = *const_cast<Node*>(inputs[i]);  // the tape's own
  const bool add = input.has_grad;
  if (input.grad.shape() != input.value.shape()) tape->allocate_grad(input);
  input.has_grad = true;
  if (input.moving >= 0 && !input.reached) tape->leaves_.reach(input);
  return {&input.grad, add};
}

void Node::accumulate_broadcast(int i, const Tensor& g) {
  if (!needs(i)) return;
  const Target to = target(i);
  sum_to(g, *to.grad, to.add);
}

void Node::accumulate_product(int i, const MatrixView& a, const MatrixView& b) {
  if (!needs(i)) return;
  const Target to = target(i);
  product(a, b, to.grad->data(), b.width(), to.add, threads());
}

Tensor Node::scratch(const Shape& shape) const {
  return tape->tensor(shape);
}

int Node::threads() const {
  return tape->threads();
}

}  // namespace GRADUS_REAL
}  // namespace gradus
