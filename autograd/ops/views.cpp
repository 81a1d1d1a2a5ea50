// Other names for reshape and slice: axes of size 1 taken away and added, axes joined, a tensor cut into pieces.
#include <algorithm>
#include <string>
#include <vector>

#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {

Var squeeze(Operand x) {
  const Inputs in("squeeze", {x});
  Shape shape = in.shape(0);
  for (int i = shape.rank() - 1; i >= 0; --i)
    if (shape[i] == 1) shape = shape.without(i);
  return reshape(x, shape);
}

Var squeeze(Operand x, int axis) {
  const Inputs in("squeeze", {x});
  const int a = in.axis_or_scalar(axis);
  if (in.shape(0).rank() == 0 || in.shape(0)[a] != 1) return x.var;
  return reshape(x, in.shape(0).without(a));
}

Var unsqueeze(Operand x, int axis) {
  const Inputs in("unsqueeze", {x});
  return reshape(x, in.shape(0).inserted(in.new_axis(axis), 1));
}

Var flatten(Operand x, int first, int last) {
  const Inputs in("flatten", {x});
  const Shape& s = in.shape(0);
  const int from = in.axis_or_scalar(first), to = in.axis_or_scalar(last);
  if (from > to)
    in.fail("expected a first axis that is not behind the last, got " + std::to_string(first) + " and " +
            std::to_string(last) + " of " + s.str());
  if (s.rank() == 0) return reshape(x, Shape{1});
  Shape shape = s;
  Index size = 1;
  for (int i = to; i >= from; --i) {
    size *= s[i];
    shape = shape.without(i);
  }
  return reshape(x, in.shaped([&] { return shape.inserted(from, size); }));
}

std::vector<Var> split(Operand x, Index size, int axis) {
  const Inputs in("split", {x});
  const int a = in.axis(axis);
  const Index n = in.shape(0)[a];
  if (size < 1) in.fail("expected pieces of 1 value or more, got " + std::to_string(size));
  std::vector<Var> pieces;
  for (Index i = 0; i == 0 || i < n; i += std::min(size, n)) {
    pieces.push_back(slice(x, a, i, i + std::min(size, n - i)));
    if (n == 0) break;
  }
  return pieces;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
