#include "autograd/shape.h"

#include <algorithm>
#include <ostream>

#include "autograd/error.h"

namespace gradus {
namespace {

std::int32_t checked_size(Index size) {
  if (size < 0 || size > Shape::max_size)
    throw Error("shape: expected sizes from 0 to " + std::to_string(Shape::max_size) + ", got " + std::to_string(size));
  return static_cast<std::int32_t>(size);
}

}  // namespace

Shape::Shape(std::initializer_list<Index> sizes) : Shape(sizes.begin(), static_cast<int>(sizes.size())) {}

Shape::Shape(const Index* sizes, int rank) : rank_(rank) {
  if (rank < 0 || rank > max_rank) throw Error("shape: expected at most 6 axes, got " + std::to_string(rank));
  std::transform(sizes, sizes + rank, sizes_, checked_size);
  checked();
}

Shape& Shape::checked() {
  double n = 1;  // exact where it is not too large
  for (int i = 0; i < rank_; ++i) n *= std::max(sizes_[i], 1);
  if (n > static_cast<double>(max_values))
    throw Error("shape: expected at most " + std::to_string(max_values) + " values together, got " + str());
  return *this;
}

int Shape::axis(int axis) const {
  const int from_front = axis < 0 ? axis + rank_ : axis;
  if (from_front < 0 || from_front >= rank_)
    throw Error("shape: axis " + std::to_string(axis) + " is not one of the " + std::to_string(rank_) + " axes of " +
                str());
  return from_front;
}

Index Shape::operator[](int axis) const {
  return sizes_[this->axis(axis)];
}

Index Shape::stride(int axis) const {
  return inner(this->axis(axis));
}

Index Shape::inner(int axis) const {
  Index n = 1;
  for (int i = axis + 1; i < rank_; ++i) n *= sizes_[i];
  return n;
}

std::string Shape::str() const {
  std::string s = "(";
  for (int i = 0; i < rank_; ++i) s += (i ? ", " : "") + std::to_string(sizes_[i]);
  return s + ")";
}

Shape Shape::with(int axis, Index size) const {
  Shape s = *this;
  s.sizes_[this->axis(axis)] = checked_size(size);
  return s.checked();
}

Shape Shape::without(int axis) const {
  Shape s = *this;
  const int a = this->axis(axis);
  for (int i = a; i + 1 < max_rank; ++i) s.sizes_[i] = sizes_[i + 1];
  s.sizes_[--s.rank_] = 0;
  return s;
}

Shape Shape::inserted(int axis, Index size) const {
  if (rank_ == max_rank) throw Error("shape: cannot add an axis to " + str() + ", six is the most");
  Shape s = *this;
  ++s.rank_;
  const int a = s.axis(axis);
  for (int i = max_rank - 1; i > a; --i) s.sizes_[i] = sizes_[i - 1];
  s.sizes_[a] = checked_size(size);
  return s.checked();
}

std::ostream& operator<<(std::ostream& out, const Shape& s) {
  return out << s.str();
}

bool broadcast_shapes(const Shape& a, const Shape& b, Shape& result) {
  const Shape narrow = a.rank() >= b.rank() ? b : a;  // copies: the result may be one of the two
  result = a.rank() >= b.rank() ? a : b;
  for (int i = 1; i <= narrow.rank(); ++i) {
    const Index x = result[-i], y = narrow[-i];
    if (x != y && x != 1 && y != 1) return false;
    if (x == 1) result = result.with(-i, y);
  }
  return true;
}

}  // namespace gradus
