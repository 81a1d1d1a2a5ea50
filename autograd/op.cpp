#include "autograd/op.h"

#include <algorithm>
#include <charconv>

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

Tensor Inputs::memory(const Shape& shape) const {
  try {
    return tape_->tensor(shape);
  } catch (const Error& e) {
    fail(e.what() + std::string(", for ") + shape.str());
  }
}

int Inputs::axis(int axis) const {
  const int rank = shape(0).rank();
  if (rank == 0) fail("expected at least one axis, got ()");
  if (axis < -rank || axis >= rank)
    fail("expected an axis of " + shape(0).str() + ", from " + std::to_string(-rank) + " to " +
         std::to_string(rank - 1) + ", got " + std::to_string(axis));
  return axis < 0 ? axis + rank : axis;
}

int Inputs::axis_or_scalar(int axis) const {
  if (shape(0).rank() > 0) return this->axis(axis);
  if (axis != 0 && axis != -1) fail("expected axis 0 or -1 of (), got " + std::to_string(axis));
  return 0;
}

int Inputs::new_axis(int axis) const {
  const int rank = shape(0).rank() + 1;
  if (rank > Shape::max_rank) fail("expected at most 5 axes, to which one is added, got " + shape(0).str());
  if (axis < -rank || axis >= rank)
    fail("expected a new axis of " + shape(0).str() + ", from " + std::to_string(-rank) + " to " +
         std::to_string(rank - 1) + ", got " + std::to_string(axis));
  return axis < 0 ? axis + rank : axis;
}

Axes::Axes(std::span<const int> axes) : size_(axes.size()) {
  if (size_ > Shape::max_rank) throw Error("axes: expected at most 6, got " + std::to_string(size_));
  std::copy(axes.begin(), axes.end(), axes_);
}

std::string number(double x) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, x).ptr};
}

}  // namespace GRADUS_REAL
}  // namespace gradus
