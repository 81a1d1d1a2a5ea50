// Node: one recorded operation. An op derives from it and overrides forward() and backward(); autograd/ops/ holds them,
// one family a file.
#pragma once

#include <span>

#include "autograd/var.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct MatrixView;  // kernels/product.h

struct GRADUS_API Node {
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node();

  virtual const char* op() const = 0;       // the op's name, as in ops.h
  virtual const char* formula() const = 0;  // one line: "y = tanh(x)"
  // One line for each input, or one that holds for all; G = dL/dy: "dL/dx = G (1 - y^2)".
  virtual const char* derivative() const = 0;
  virtual void forward() = 0;   // writes `value` from the inputs' values
  virtual void backward() = 0;  // adds to the inputs' gradients; called only where one needs it

  // Floating-point operations of an op's products, two (* and +) for each term: of forward(), and of backward() for the
  // inputs that need a gradient. Elementwise work does not count.
  struct Flops {
    double forward = 0, backward = 0;
  };
  virtual Flops flops() const;

  Tensor value;                         // set by forward(), constant from then on
  Tensor grad;                          // dL/d(value), of the same shape; meaningful while has_grad
  bool has_grad = false;                // whether something has been accumulated in this backward pass
  bool reached = false;                 // for a leaf that moves: whether this backward pass has come to it
  bool requires_grad = false;           // whether a moving parameter is among its ancestors
  int index = 0;                        // its place in the order of recording
  int scope = 0;                        // the scope it was recorded in (Tape::scope_path)
  int address = -1;                     // the name it was given (Tape::address), -1 for none
  int moving = -1;                      // for a leaf that moves: which of the tape's moving parameters it is
  int parameter = -1;                   // for a leaf that stands for a parameter: its number in Leaves
  Tape* tape = nullptr;                 // the tape that owns it
  std::span<const Node* const> inputs;  // what it was computed from; their gradients are given by accumulate or target
  Site at;                              // the line that called the op

  const Tensor& in(int i) const { return inputs[i]->value; }
  bool needs(int i) const { return inputs[i]->requires_grad; }

  // Where a gradient goes. The first contribution to a node is assigned and later ones are added; `add` says which, so
  // that no buffer is filled with zeros only to be overwritten.
  struct Target {
    Tensor* grad;
    bool add;
  };
  // The target for input i's gradient, counted as written from now on. Call it only where needs(i), once for each
  // contribution, and write every element.
  Target target(int i);

  // inputs[i].grad += g(j) for every element j, in row-major order; does nothing, and computes nothing, where input i is
  // frozen. In the library g may also be an Eigen array expression. Defined in op.h.
  template <class G>
  void accumulate(int i, const G& g);

  // The same for g = A B, of as many values as input i has.
  void accumulate_product(int i, const MatrixView& a, const MatrixView& b);

  // The same for a tensor, whose shape may be one that input i was broadcast to: it is summed back.
  void accumulate_broadcast(int i, const Tensor& g);

  Tensor scratch(const Shape& shape) const;  // a tensor from the tape's pool, values not set
  int threads() const;                       // the tape's number of threads

 private:
  friend class Tape;
  Node* inline_inputs_[3] = {};  // enough for nearly every op; more are kept in the tape's arena
};

}  // namespace GRADUS_REAL
}  // namespace gradus
