// Parameter: a named tensor that may move. A weight is one; so is the image that is being maximized. Whether it does
// move is not written here: a Tape is told which parameters move, and every other leaf is frozen.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API Parameter {
 public:
  Parameter(std::string name, const Shape& shape) : name_(std::move(name)), value_(shape) {}  // values not set
  Parameter(std::string name, Tensor value) : name_(std::move(name)), value_(std::move(value)) {}
  Parameter(const Parameter&) = delete;  // modules and tapes point at it, so it stays where it is
  Parameter& operator=(const Parameter&) = delete;

  const std::string& name() const { return name_; }
  const Shape& shape() const { return value_.shape(); }
  const Tensor& value() const { return value_; }

  // Access for writing. It raises the version, by which a tape notices that what it recorded is out of date.
  Tensor& mutable_value() {
    ++version_;
    return value_;
  }
  std::uint64_t version() const { return version_; }

 private:
  std::string name_;
  Tensor value_;
  std::uint64_t version_ = 0;
};

// A list of parameters, in an order that matters: optimizer state and checkpoints follow it.
using Parameters = std::vector<Parameter*>;

}  // namespace GRADUS_REAL
}  // namespace gradus
