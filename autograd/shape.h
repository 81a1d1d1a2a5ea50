// Shape: the sizes of a tensor's axes, row-major, at most six of them, kept inline (no heap).
//
// Shape letters, the same everywhere in this project:
//   text      B batch, T time (position), C channels (width), V vocabulary, nh heads, hs head size
//   images    N images, C channels, H height, W width
//   products  M rows of the result, K depth, N columns of the result
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>

#include "autograd/config.h"

namespace gradus {

using Index = std::int64_t;  // signed: sizes, positions, loop counters

class GRADUS_API Shape {
 public:
  static constexpr int max_rank = 6;
  static constexpr Index max_size = 2147483647;        // of an axis
  static constexpr Index max_values = Index{1} << 59;  // together, sizes of 0 left out: their bytes fit into an Index

  Shape() = default;  // (): a scalar, one value
  // Throws Error for a size below 0 or from 2^31, for a seventh axis, and for more than max_values values.
  Shape(std::initializer_list<Index> sizes);
  Shape(const Index* sizes, int rank);
  static Shape none() {  // (0): no value
    Shape s;
    s.rank_ = 1;
    return s;
  }

  int rank() const { return rank_; }
  Index size() const { return outer(rank_); }  // the number of values: the product of all sizes, 1 for a scalar
  // A negative axis counts from the end, as in PyTorch; throws Error when out of range.
  Index operator[](int axis) const;
  int axis(int axis) const;      // the same axis, counted from the front
  Index stride(int axis) const;  // values between neighbours along the axis
  Index outer(int axis) const {  // product of the sizes before the axis
    Index n = 1;
    for (int i = 0; i < axis; ++i) n *= sizes_[i];
    return n;
  }
  Index inner(int axis) const;  // product of the sizes after the axis
  std::string str() const;      // "(2, 3)"

  // Each throws Error as the constructors do.
  Shape with(int axis, Index size) const;      // the same with one size changed
  Shape without(int axis) const;               // the same with one axis removed
  Shape inserted(int axis, Index size) const;  // the same with an axis added before `axis`

  friend bool operator==(const Shape& a, const Shape& b) = default;

 private:
  Shape& checked();                               // throws Error where there are too many values
  std::int32_t rank_ = 0, sizes_[max_rank] = {};  // small: every node of a tape has two; 0 where there is no axis
};

GRADUS_API std::ostream& operator<<(std::ostream& out, const Shape& s);  // s.str()

// The shape that a and b broadcast to by PyTorch's rule: aligned at the last axis, each pair of sizes equal or one of
// them 1. Returns false where they do not fit.
GRADUS_API bool broadcast_shapes(const Shape& a, const Shape& b, Shape& result);

}  // namespace gradus
