#include "autograd/tensor.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <new>
#include <sstream>

#include "autograd/error.h"
#include "autograd/hash.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

constexpr std::size_t alignment = 64;  // a cache line, and the widest vector register

// Before the values, in a cache line of its own: how many tensors share them.
using Users = std::atomic<long>;
Users& users(Real* values) {
  return *reinterpret_cast<Users*>(reinterpret_cast<char*>(values) - alignment);
}

Real* allocate(const Shape& shape) {
  const std::size_t bytes = alignment + shape.size() * sizeof(Real);
  char* const memory = static_cast<char*>(::operator new(bytes, std::align_val_t{alignment}, std::nothrow));
  if (!memory) throw Error("Tensor: no memory for " + std::to_string(bytes) + " bytes, " + shape.str());
  new (memory) Users(1);
  return reinterpret_cast<Real*>(memory + alignment);
}

Index offset(const Shape& shape, std::initializer_list<Index> index) {
  Index at = 0;
  int axis = 0;
  bool inside = static_cast<int>(index.size()) == shape.rank();
  for (const Index i : index) {
    if (!inside) break;
    inside = i >= 0 && i < shape[axis];
    at = at * shape[axis++] + i;
  }
  if (inside) return at;
  std::string got;
  for (const Index i : index) got += (got.empty() ? "" : ", ") + std::to_string(i);
  throw Error("at: expected an index inside " + shape.str() + ", got (" + got + ")");
}

}  // namespace

Tensor::Tensor(const Shape& shape) : shape_(shape), owned_(true), size_(shape.size()) {
  data_ = allocate(shape);
#if defined(GRADUS_CHECKED)
  fill(std::numeric_limits<Real>::quiet_NaN());
#endif
}

Tensor::Tensor(const Shape& shape, std::initializer_list<Real> values) : Tensor(shape) {
  expect(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), data_);
}

void Tensor::expect(Index values) const {
  if (values != size_)
    throw Error("Tensor: expected " + std::to_string(size_) + " values for shape " + shape_.str() + ", got " +
                std::to_string(values));
}

Tensor Tensor::full(const Shape& shape, Real value) {
  Tensor t(shape);
  t.fill(value);
  return t;
}

Tensor::Tensor(const Tensor& other) : Tensor(other.shape_) {
  std::copy_n(other.data_, size_, data_);
}

Tensor& Tensor::operator=(const Tensor& other) {
  if (this != &other) *this = Tensor(other);
  return *this;
}

Tensor Tensor::share() const {
  Tensor t = borrow(shape_, data_);
  t.owned_ = owned_;
  if (owned_) ++users(data_);
  return t;
}

void Tensor::free() noexcept {
  if (--users(data_) == 0) ::operator delete(reinterpret_cast<char*>(data_) - alignment, std::align_val_t{alignment});
}

Real& Tensor::at(std::initializer_list<Index> index) {
  return data_[offset(shape_, index)];
}

Real Tensor::at(std::initializer_list<Index> index) const {
  return data_[offset(shape_, index)];
}

Real Tensor::item() const {
  if (size_ != 1) throw Error("item: expected a tensor of one value, got shape " + shape_.str());
  return data_[0];
}

void Tensor::fill(Real value) {
  std::fill_n(data_, size_, value);
}

std::string Tensor::str(int most) const {
  std::ostringstream out;
  out << shape_.str() << " [";
  for (Index i = 0; i < std::min<Index>(size_, most); ++i) out << (i ? ", " : "") << data_[i];
  out << (size_ > most ? ", ...]" : "]");
  return out.str();
}

std::ostream& operator<<(std::ostream& out, const Tensor& t) {
  return out << t.str();
}

bool same_bits(const Tensor& a, const Tensor& b) {
  const auto bytes = a.size() * sizeof(Real);
  return a.shape() == b.shape() && (bytes == 0 || std::memcmp(a.data(), b.data(), bytes) == 0);
}

std::uint64_t hash(const Tensor& t) {
  std::uint64_t h = hash_start;
  const auto mix = [&](const void* from, std::size_t bytes) {
    const auto* p = static_cast<const unsigned char*>(from);
    for (std::size_t i = 0; i < bytes; ++i) h = hash_step(h, p[i]);
  };
  for (int axis = 0; axis < t.shape().rank(); ++axis) {
    const Index size = t.shape()[axis];
    mix(&size, sizeof size);
  }
  mix(t.data(), t.size() * sizeof(Real));
  return h;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
