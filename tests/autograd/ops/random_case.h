// One case of the random tests: an op on random inputs, its value and gradients compared with the reference's.
#pragma once

#include <array>
#include <cmath>
#include <deque>
#include <string>
#include <vector>

#include "tests/autograd/check.h"
#include "tests/autograd/ops/scalar_reference.h"

namespace gradus {

using reference::Array;
using reference::each;
using reference::filled;
using reference::made;
using reference::Scalar;
using reference::Sizes;
using Source = reference::Source;

inline Shape shape_of(const Sizes& s) {
  std::array<Index, Shape::max_rank> sizes{};
  std::copy(s.begin(), s.end(), sizes.begin());
  return {sizes.data(), static_cast<int>(s.size())};
}

inline Tensor tensor_of(const Array& a) {
  Tensor t(shape_of(a.sizes));
  for (Index i = 0; i < t.size(); ++i) t[i] = a.v[i].v;
  return t;
}

inline bool near(Real got, Real expected) {
  if (std::isnan(expected) || std::isinf(expected) || std::isinf(got))
    return std::isnan(expected) ? std::isnan(got) : got == expected;
  return std::abs(got - expected) <= 1e-10 * std::max({Real(1), std::abs(got), std::abs(expected)});
}

// op(vars) has the expected value and gradients. Where a value is not finite, only the values are compared, unless the
// op is elementwise: a sum's gradients at infinity depend on the order of the steps.
template <class Op>
void check_case(Source& s, const std::string& name, const std::vector<Array>& inputs, const Array& expected, Op op,
                bool elementwise = false) {
  std::deque<Parameter> parameters;
  Parameters moving;
  bool finite = true;
  for (const Array& a : inputs) {
    parameters.emplace_back("x" + std::to_string(parameters.size()), tensor_of(a));
    moving.push_back(&parameters.back());
    for (const Scalar& x : a.v) finite = finite && std::isfinite(x.v) && std::abs(x.v) < 1e100;
  }
  Tape t(moving, 1);
  std::vector<Var> vars;
  for (Parameter& p : parameters) vars.push_back(t.leaf(p));
  const Var y = op(vars);
  std::string inputs_text;
  for (const Parameter& p : parameters) inputs_text += p.value().str(300) + "; ";
  const auto compare = [&](const std::string& what, const Tensor& got, const std::vector<Real>& want) {
    for (Index i = 0; i < got.size(); ++i)
      if (!near(got[i], want[i])) {
        INFO(name << ", " << what << " at " << i << ": " << got[i] << ", expected " << want[i] << "; of "
                  << inputs_text);
        FAIL();
      }
  };
  INFO(name << " of " << inputs_text);
  if (y.shape() != shape_of(expected.sizes)) FAIL(y.shape().str() + ", expected " + shape_of(expected.sizes).str());
  std::vector<Real> values, g;
  for (const Scalar& x : expected.v) values.push_back(x.v), g.push_back(s.random.normal());
  compare("value", y.value(), values);
  if (!finite && !elementwise) return;
  Tensor cotangent(y.shape());
  std::copy(g.begin(), g.end(), cotangent.data());
  t.backward(y, cotangent);
  const std::vector<Real> d = reference::sweep(expected.v, g);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    std::vector<Real> want;
    for (const Scalar& x : inputs[k].v) want.push_back(d[x.id]);
    if (t.has_grad(parameters[k])) compare("gradient " + std::to_string(k), t.grad(parameters[k]), want);
  }
}

}  // namespace gradus
