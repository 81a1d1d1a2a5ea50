// What the function of an op does before its node computes: find the tape, check the shapes, make the node. Internal.
//
//   Var matmul(Operand a, Operand b) {
//     const Inputs in("matmul", {a, b});
//     if (...) in.fail("expected A (M, K) and B (K, N), got " + in.shapes());
//     return in.run(in.make<MatMul>({M, N}));
//   }
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "autograd/ops.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

class Inputs {
 public:
  // At least one operand must be a Var, and all Vars of one tape; a number becomes a constant of shape ().
  Inputs(const char* op, std::initializer_list<Operand> operands);
  Inputs(const char* op, std::span<const Var> vars, Site at);

  const Shape& shape(int i) const { return nodes()[i]->value.shape(); }
  int count() const { return count_; }
  std::string shapes() const;  // "(3, 4) and (5, 2)"

  // Throws Error: "matmul: " + problem + ", in h.0.mlp, at train.cpp:41".
  [[noreturn]] void fail(const std::string& problem) const;
  // `axis` of input 0 counted from the front; fails when there is no such axis.
  int axis(int axis) const;

  // A node of type N whose value has the given shape and is not yet computed, so that the op can set N's fields.
  template <class N>
  N& make(const Shape& shape) const {
    N& n = tape_->make<N>(nodes(), at_);
    n.value = tape_->tensor(shape);
    return n;
  }
  Var run(Node& n) const {
    tape_->run(n);
    return tape_->var(n);
  }

 private:
  std::span<Node* const> nodes() const {
    return count_ <= 3 ? std::span<Node* const>(few_, count_) : std::span<Node* const>(many_);
  }
  const char* op_;
  Tape* tape_ = nullptr;
  Site at_;
  int count_ = 0;
  Node* few_[3] = {};
  std::vector<Node*> many_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
