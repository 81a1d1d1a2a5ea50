// For who writes an op: a Node that computes and differentiates, and a function that checks the shapes and records it.
// The library's own ops (autograd/ops/) are written with this header alone, and with Eigen where they need speed.
//
//   // y = x^3, elementwise
//   struct Cube final : Node {
//     const char* op() const override { return "cube"; }
//     const char* formula() const override { return "y = x^3"; }
//     const char* derivative() const override { return "dL/dx = 3 G x^2"; }
//     void forward() override {
//       for (Index j = 0; j < value.size(); ++j) value[j] = in(0)[j] * in(0)[j] * in(0)[j];
//     }
//     // G = dL/dy.  dy_j/dx_j = 3 x_j^2
//     void backward() override {
//       accumulate(0, [&](Index j) { return 3 * grad[j] * in(0)[j] * in(0)[j]; });
//     }
//   };
//   Var cube(Operand x) { return unary<Cube>("cube", x); }
//
// An op with more inputs, or other shapes, does what unary() does in two or three lines:
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
#include <utility>
#include <vector>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

// What an op is called with. It finds the tape, puts numbers on it as constants, and names the op and the caller's line
// in errors.
class GRADUS_API Inputs {
 public:
  // At least one operand must be a Var, and all Vars of one tape; a number becomes a constant of shape (). At most
  // three operands: an op with more takes a span of Vars.
  Inputs(const char* op, std::initializer_list<Operand> operands);
  Inputs(const char* op, std::span<const Var> vars, Site at);

  const Shape& shape(int i) const { return nodes()[i]->value.shape(); }
  int count() const { return count_; }
  std::string shapes() const;  // "(3, 4) and (5, 2)"

  // Throws Error: "matmul: " + problem + ", in h.0.mlp, at train.cpp:41".
  [[noreturn]] void fail(const std::string& problem) const;
  // `axis` of input 0 counted from the front; fails when there is no such axis.
  int axis(int axis) const;
  // The same for ops that take a scalar, (), as one value along an axis: its axis 0 or -1 is 0.
  int axis_or_scalar(int axis) const;
  // The place of an axis that is added to input 0, counted from the front: -1 is behind all others.
  int new_axis(int axis) const;
  // What f returns, a shape; where a size in it is too large, fails with the reason.
  template <class F>
  Shape shaped(const F& f) const {
    try {
      return f();
    } catch (const Error& e) {
      fail(e.what());
    }
  }

  // A node of type N whose value has the given shape and is not yet computed, so that the op can set N's fields.
  template <class N>
  N& make(const Shape& shape) const {
    Tensor value = memory(shape);
    N& n = tape_->make<N>(nodes(), at_);
    n.value = std::move(value);
    return n;
  }
  // Computes the node's value.
  Var run(Node& n) const {
    tape_->run(n);
    return tape_->var(n);
  }

 private:
  Tensor memory(const Shape& shape) const;  // fails where there is none
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

// A number in an error, with as many digits as it has: "1e-09".
GRADUS_API std::string number(double x);

// Records a node of type N with one input, whose value has the input's shape.
template <class N>
Var unary(const char* op, Operand x) {
  const Inputs in(op, {x});
  return in.run(in.make<N>(in.shape(0)));
}

// to = g, or to += g where `add`: a number, or an Eigen expression and what it goes to.
template <class To, class G>
void assign_or_add(To&& to, bool add, const G& g) {
  if (add)
    to += g;
  else
    to = g;
}

// The same for every element j of a tensor and g(j). (An Eigen expression over all elements has a function of this name
// in kernels/eigen_view.h, which takes precedence, and uses the threads.)
template <class G>
void assign(Tensor& to, bool add, [[maybe_unused]] int threads, const G& g) {
  for (Index j = 0; j < to.size(); ++j) assign_or_add(to[j], add, g(j));
}

template <class G>
void Node::accumulate(int i, const G& g) {
  if (!needs(i)) return;
  const Target to = target(i);
  assign(*to.grad, to.add, threads(), g);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
