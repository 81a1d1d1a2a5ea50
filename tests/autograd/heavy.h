// What the tests of the large ops share: random tensors, and the bits of a forward and backward pass.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "autograd/ops.h"
#include "autograd/random.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

inline Tensor random_tensor(const Shape& shape, std::string_view purpose) {
  Tensor t(shape);
  Random random(7, purpose);
  for (Real& v : t.values()) v = static_cast<Real>(random.normal());
  return t;
}

// The result of f on tensors of the given shapes and the gradients of all of them under a random cotangent.
using Op = std::function<Var(std::span<const Var>)>;
inline std::vector<Tensor> forward_and_backward(const Op& f, const std::vector<Shape>& shapes, int threads) {
  std::vector<std::unique_ptr<Parameter>> owned;
  Parameters moving;
  for (const Shape& s : shapes) {
    const std::string name = "x" + std::to_string(owned.size());
    owned.push_back(std::make_unique<Parameter>(name, random_tensor(s, name)));
    moving.push_back(owned.back().get());
  }
  Tape t(moving, threads);
  std::vector<Var> x;
  for (const Parameter* p : moving) x.push_back(t.leaf(*p));
  const Var y = f(x);
  t.backward(y, random_tensor(y.shape(), "cotangent"));
  std::vector<Tensor> all = {y.value()};
  for (const Parameter* p : moving) all.push_back(t.grad(*p));
  return all;
}

// Whether 2, 3, 4 and 8 threads give what one gives, bit for bit, forward and backward.
inline bool threads_agree(const Op& f, const std::vector<Shape>& shapes) {
  const std::vector<Tensor> one = forward_and_backward(f, shapes, 1);
  for (const int threads : {2, 3, 4, 8}) {
    const std::vector<Tensor> several = forward_and_backward(f, shapes, threads);
    for (std::size_t i = 0; i < one.size(); ++i)
      if (!same_bits(one[i], several[i])) return false;
  }
  return true;
}

// The largest |a - b|, relative to the largest magnitude among both; infinite where the shapes differ.
inline double difference(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return std::numeric_limits<double>::infinity();
  double apart = 0, scale = std::numeric_limits<double>::min();
  for (Index i = 0; i < a.size(); ++i) {
    if (!(std::abs(a[i] - b[i]) <= apart)) apart = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    scale = std::max({scale, std::abs(static_cast<double>(a[i])), std::abs(static_cast<double>(b[i]))});
  }
  return apart / scale;
}

// The same for two ops: their results and all their gradients.
inline double difference(const Op& f, const Op& g, const std::vector<Shape>& shapes) {
  const std::vector<Tensor> a = forward_and_backward(f, shapes, 2), b = forward_and_backward(g, shapes, 2);
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, difference(a[i], b[i]));
  return most;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
