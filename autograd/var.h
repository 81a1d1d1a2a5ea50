// Var: what users compute with, a light handle to a node on a tape. Operand: what an op takes.
#pragma once

#include <cstdint>
#include <source_location>

#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct Node;
class Tape;

using Site = std::source_location;  // where in the user's source an op was called

// A handle to a recorded value. It is stale once its tape is cleared; using it then throws Error. Like an iterator, it
// must not be used after its tape is gone.
class GRADUS_API Var {
 public:
  Var() = default;  // refers to nothing; using it throws Error

  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  Real item() const { return value().item(); }
  bool has_grad() const;       // whether a backward pass has reached it
  const Tensor& grad() const;  // dL/d(this), the same shape as value(); throws Error where there is none
  Tape& tape() const;
  const Node& node() const;

 private:
  friend class Tape;
  Var(Node* node, Tape* tape, std::uint64_t generation) : node_(node), tape_(tape), generation_(generation) {}
  Node* node_ = nullptr;
  Tape* tape_ = nullptr;
  std::uint64_t generation_ = 0;  // how often the tape had been cleared when this was recorded
};

// An argument of an op, made implicitly from a Var or from a number. Its constructor notes where the op was called.
struct GRADUS_API Operand {
  Operand(const Var& v, Site site = Site::current()) : var(v), at(site) {}
  Operand(double x, Site site = Site::current()) : number(static_cast<Real>(x)), is_number(true), at(site) {}

  Var var;
  Real number = 0;
  bool is_number = false;
  Site at;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
