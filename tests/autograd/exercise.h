// An op as a student writes it in an exercise: loops over plain numbers, with room for a fault.
#pragma once

#include <functional>

#include "autograd/gradcheck/gradcheck.h"

namespace gradus {

struct Exercise final : Node {
  std::function<void(Exercise&)> compute, differentiate;
  const char* op() const override { return "exercise"; }
  const char* formula() const override { return "y = f(inputs)"; }
  void forward() override { compute(*this); }
  void backward() override { differentiate(*this); }

  // inputs[i].grad += g(j), as an op should.
  template <class F>
  void give(int i, F g) {
    if (!needs(i)) return;
    const Target to = target(i);
    for (Index j = 0; j < to.grad->size(); ++j) (*to.grad)[j] = (to.add ? (*to.grad)[j] : 0) + g(j);
  }
};

using Steps = std::function<void(Exercise&)>;

inline Var exercise(std::initializer_list<Var> inputs, const Shape& shape, Steps compute, Steps differentiate,
                    Site at = Site::current()) {
  Tape& t = inputs.begin()->tape();
  std::vector<Node*> nodes;
  for (const Var& v : inputs) nodes.push_back(t.check(v));
  Exercise& n = t.make<Exercise>(nodes, at);
  n.compute = std::move(compute);
  n.differentiate = std::move(differentiate);
  n.value = t.tensor(shape);
  n.forward();
  return t.var(n);
}

// y_j = f(j)
template <class F>
Steps each(F f) {
  return [f](Exercise& n) {
    for (Index j = 0; j < n.value.size(); ++j) n.value[j] = f(n, j);
  };
}

}  // namespace gradus
