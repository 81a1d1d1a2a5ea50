// Tensor: a shape and its values, row-major and contiguous. It knows nothing of graphs or gradients. A new tensor is
// not filled with zeros: whoever makes it writes it (in debug builds it holds NaN, so that a forgotten value shows).
#pragma once

#include <algorithm>
#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "autograd/shape.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API Tensor {
 public:
  Tensor() = default;  // no values at all: shape (0)
  // Values not set: Tensor(Shape{2, 3}). Throws Error where there is no memory for them.
  explicit Tensor(const Shape& shape);
  Tensor(const Shape& shape, std::initializer_list<Real> values);  // throws Error unless there are shape.size() values
  // One axis: Tensor({1, 2, 3}) is (3) [1, 2, 3]. Braces are values; a shape says so.
  explicit Tensor(std::initializer_list<Real> values) : Tensor({static_cast<Index>(values.size())}, values) {}
  template <std::same_as<Index> Size>
  explicit Tensor(std::initializer_list<Size>) {
    static_assert(sizeof(Size) == 0, "braces are values: for a tensor of this shape write Tensor(Shape{...})");
  }
  // Of a vector's values, row-major, rounded to Real; throws Error unless there are shape.size() of them.
  template <class Number>
  Tensor(const Shape& shape, const std::vector<Number>& values) : Tensor(shape) {
    expect(std::ssize(values));
    std::transform(values.begin(), values.end(), data_, [](Number x) { return static_cast<Real>(x); });
  }
  template <class Number>
  explicit Tensor(const std::vector<Number>& values) : Tensor({std::ssize(values)}, values) {}
  static Tensor full(const Shape& shape, Real value);
  static Tensor zeros(const Shape& shape) { return full(shape, 0); }
  static Tensor borrow(const Shape& shape, Real* memory) {  // somebody else's memory, which must outlive the tensor
    Tensor t;
    t.shape_ = shape;
    t.size_ = shape.size();
    t.data_ = memory;
    return t;
  }
  Tensor share() const;  // the same memory, which lives until the last of those who share it is gone

  Tensor(const Tensor& other);                      // copies the values into memory of its own
  Tensor(Tensor&& other) noexcept { swap(other); }  // takes the memory over, owned or borrowed
  Tensor& operator=(const Tensor& other);  // as the copy: the memory held before is given up, never written into
  Tensor& operator=(Tensor&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Tensor() {
    if (owned_) free();
  }

  const Shape& shape() const { return shape_; }
  Index size() const { return size_; }
  bool empty() const { return size_ == 0; }

  Real* data() { return data_; }
  const Real* data() const { return data_; }
  std::span<Real> values() & { return std::span<Real>(data_, size_); }
  std::span<const Real> values() const& { return std::span<const Real>(data_, size_); }
  template <class Value = Real>
  std::span<const Value> values() const&& {
    static_assert(sizeof(Value) == 0, "these values would be gone with their tensor: give the tensor a name first");
    return {};
  }

  Real& operator[](Index i) { return data_[i]; }  // by position in memory, not checked
  Real operator[](Index i) const { return data_[i]; }
  Real& at(std::initializer_list<Index> index);  // by one index an axis; throws Error when out of range
  Real at(std::initializer_list<Index> index) const;
  Real item() const;  // the only value; throws Error where there is not exactly one

  void fill(Real value);
  std::string str(int most = 8) const;  // "(2, 3) [1, 2, 3, ...]", at most so many values

 private:
  void swap(Tensor& other) noexcept {
    std::swap(shape_, other.shape_);
    std::swap(owned_, other.owned_);
    std::swap(size_, other.size_);
    std::swap(data_, other.data_);
  }
  void expect(Index values) const;  // throws Error unless there are so many
  void free() noexcept;

  Shape shape_ = Shape::none();
  bool owned_ = false;
  Index size_ = 0;
  Real* data_ = nullptr;
};

GRADUS_API std::ostream& operator<<(std::ostream& out, const Tensor& t);  // t.str()

GRADUS_API bool same_bits(const Tensor& a, const Tensor& b);  // equal shapes and equal bytes; a NaN equals itself

// A 64-bit fingerprint of shape and bytes (FNV-1a): to show that something did not change.
GRADUS_API std::uint64_t hash(const Tensor& t);

}  // namespace GRADUS_REAL
}  // namespace gradus
