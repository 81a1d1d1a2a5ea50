// Var: what users compute with, a light handle to a node on a tape. Operand: what an op takes.
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "autograd/site.h"
#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct Node;
class Parameter;
class Tape;

// What outlives a tape, until its last Var is gone too: by it a Var notices that its recording is no longer there.
struct TapeLife {
  Tape* tape;                    // null once the tape is destroyed
  std::uint64_t generation = 1;  // raised whenever the tape is cleared
  long users = 1;                // the tape and its Vars. A tape and its Vars belong to one thread at a time
};

// A handle to a recorded value. Using one that refers to nothing, whose tape was cleared since, or whose tape is gone,
// throws Error, which names the line of the use.
class GRADUS_API Var {
 public:
  Var() = default;  // refers to nothing
  Var(const Var& v) noexcept : node_(v.node_), life_(v.life_), generation_(v.generation_) {
    if (life_) ++life_->users;
  }
  Var(Var&& v) noexcept : node_(v.node_), life_(std::exchange(v.life_, nullptr)), generation_(v.generation_) {}
  Var& operator=(Var v) noexcept {
    std::swap(node_, v.node_);
    std::swap(life_, v.life_);
    std::swap(generation_, v.generation_);
    return *this;
  }
  ~Var() {
    if (life_ && --life_->users == 0) forget();
  }

  const Tensor& value(Site at = Site::current()) const;
  const Shape& shape(Site at = Site::current()) const { return value(at).shape(); }
  Real item(Site at = Site::current()) const;      // of a single value
  bool has_grad(Site at = Site::current()) const;  // whether a backward pass has reached it
  const Tensor& grad(
      Site at = Site::current()) const;  // dL/d(this), of value()'s shape; throws Error where there is none
  Tape& tape(Site at = Site::current(), const char* op = "Var") const {  // op: who asks, for the error's text
    if (!life_ || !life_->tape) refuse(at, op);
    return *life_->tape;
  }
  const Node& node(Site at = Site::current()) const;

 private:
  friend class Tape;
  Var(Node* node, TapeLife* life) : node_(node), life_(life), generation_(life->generation) { ++life_->users; }
  void forget() noexcept;
  [[noreturn]] void refuse(Site at, const char* op) const;

  Node* node_ = nullptr;
  TapeLife* life_ = nullptr;
  std::uint64_t generation_ = 0;  // the tape's when this was recorded
};

// Its op, shape and values: "matmul (2, 2) [1, 2, 3, 4]"
GRADUS_API std::ostream& operator<<(std::ostream& out, const Var& v);

// An argument of an op, made implicitly from a Var or from a number. Its constructor notes where the op was called. It
// refers to the Var that it is made from: an argument, not something to keep.
struct GRADUS_API Operand {
  Operand(const Var& v, Site site = Site::current()) : var(v), at(site) {}
  Operand(double x, Site site = Site::current())
      : var(nothing), number(static_cast<Real>(x)), is_number(true), at(site) {}
  template <class Other>
    requires std::same_as<Other, Tensor> || std::same_as<Other, Parameter>
  Operand(const Other&, Site site = Site::current()) : var(nothing), at(site) {
    static_assert(sizeof(Other) == 0, "ops take Vars: record this first, t.constant(tensor) or t.leaf(parameter)");
  }

  const Var& var;
  Real number = 0;
  bool is_number = false;
  Site at;

 private:
  static const Var nothing;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
