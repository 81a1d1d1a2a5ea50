// An op as a student writes it in an exercise: loops over plain numbers, with room for a fault.
#pragma once

#include <functional>

#include "autograd/gradcheck/gradcheck.h"
#include "autograd/op.h"

namespace gradus {

struct Exercise final : Node {
  std::function<void(Exercise&)> compute, differentiate;
  const char* op() const override { return "exercise"; }
  const char* formula() const override { return "y = f(inputs)"; }
  const char* derivative() const override { return "dL/dinputs = G f'(inputs)"; }
  void forward() override { compute(*this); }
  void backward() override { differentiate(*this); }
};

using Steps = std::function<void(Exercise&)>;

inline Var exercise(std::initializer_list<Var> inputs, const Shape& shape, Steps compute, Steps differentiate,
                    Site at = Site::current()) {
  const Inputs in("exercise", std::span(inputs.begin(), inputs.size()), at);
  Exercise& n = in.make<Exercise>(shape);
  n.compute = std::move(compute);
  n.differentiate = std::move(differentiate);
  return in.run(n);
}

// y_j = f(j)
template <class F>
Steps each(F f) {
  return [f](Exercise& n) {
    for (Index j = 0; j < n.value.size(); ++j) n.value[j] = f(n, j);
  };
}

}  // namespace gradus
