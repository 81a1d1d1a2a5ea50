#include "autograd/op.h"

#include <algorithm>

#include "autograd/error.h"

namespace gradus {
inline namespace GRADUS_REAL {

Inputs::Inputs(const char* op, std::initializer_list<Operand> operands) : op_(op), at_(operands.begin()->at) {
  for (const Operand& o : operands)
    if (!o.is_number && !tape_) tape_ = &o.var.tape(o.at, op);
  if (!tape_) throw Error(std::string(op) + ": expected at least one Var among the arguments, got only numbers");
  for (const Operand& o : operands) {
    Node*& input = few_[count_++];
    if (o.is_number)
      input = tape_->check(tape_->constant(static_cast<double>(o.number), at_));
    else
      input = tape_->check(o.var, op, at_);
  }
}

Inputs::Inputs(const char* op, std::span<const Var> vars, Site at) : op_(op), at_(at) {
  if (vars.empty()) throw Error(std::string(op) + ": expected at least one Var, got none");
  tape_ = &vars.front().tape(at, op);
  for (const Var& v : vars) many_.push_back(tape_->check(v, op, at));
  count_ = static_cast<int>(many_.size());
  if (count_ <= 3) std::copy(many_.begin(), many_.end(), few_);
}

std::string Inputs::shapes() const {
  std::string s;
  for (int i = 0; i < count_; ++i) s += (i == 0 ? "" : i + 1 < count_ ? ", " : " and ") + shape(i).str();
  return s;
}

void Inputs::fail(const std::string& problem) const {
  throw Error(std::string(op_) + ": " + problem + tape_->where(at_));
}

int Inputs::axis(int axis) const {
  const int rank = shape(0).rank();
  if (axis < -rank || axis >= rank)
    fail("expected an axis of " + shape(0).str() + ", from " + std::to_string(-rank) + " to " +
         std::to_string(rank - 1) + ", got " + std::to_string(axis));
  return axis < 0 ? axis + rank : axis;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
