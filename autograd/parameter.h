// Parameter: a named tensor that may move. A weight is one; so is the image that is being maximized. Whether it does
// move is not written here: a Tape is told which parameters move, and every other leaf is frozen.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API Parameter {
 public:
  Parameter(std::string name, const Shape& shape) : name_(std::move(name)), value_(shape) {}  // values not set
  Parameter(std::string name, Tensor value) : name_(std::move(name)), value_(std::move(value)), is_set_(true) {}
  Parameter(std::string name, std::initializer_list<Real> values) : Parameter(std::move(name), Tensor(values)) {}
  Parameter(const Parameter&) = delete;  // modules and tapes point at it, so it stays where it is
  Parameter& operator=(const Parameter&) = delete;
  // What std::vector would do to a parameter, or to a module that has one; compiled only where something tries to.
  template <std::same_as<Parameter> Moved>
  Parameter(Moved&&) {
    static_assert(
        sizeof(Moved) == 0,
        "a Parameter cannot move, nor can a module that has one: keep them in a std::deque, not in a std::vector");
  }

  const std::string& name() const { return name_; }
  const Shape& shape() const { return value_.shape(); }
  const Tensor& value() const& { return value_; }
  template <class Value = Tensor>
  Value value() const&& {
    static_assert(sizeof(Value) == 0, "this value would be gone with its parameter: give the parameter a name first");
    return {};
  }

  // Access for writing. It raises the version, by which a tape notices that what it recorded is out of date.
  Tensor& mutable_value() {
    ++version_;
    is_set_ = true;
    return value_;
  }
  std::uint64_t version() const { return version_; }
  bool is_set() const { return is_set_; }  // whether it was ever given values

 private:
  std::string name_;
  Tensor value_;
  std::uint64_t version_ = 0;
  bool is_set_ = false;
};

// A list of parameters, in an order that matters: optimizer state and checkpoints follow it.
using Parameters = std::vector<Parameter*>;

}  // namespace GRADUS_REAL
}  // namespace gradus
