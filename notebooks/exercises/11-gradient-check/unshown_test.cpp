#include <cmath>

#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

// y = exp(x), with a gradient that is 1 % too large in one element of many, and one that is assigned where it should be added.
template <bool one_wrong, bool assigned>
struct Exp final : Node {
  const char* op() const override { return "exp"; }
  const char* formula() const override { return "y = exp(x)"; }
  const char* derivative() const override { return "dL/dx = G y"; }
  void forward() override {
    for (Index j = 0; j < value.size(); ++j) value[j] = std::exp(in(0)[j]);
  }
  void backward() override {
    if (!needs(0)) return;
    const Target to = target(0);
    for (Index j = 0; j < value.size(); ++j) {
      const Real g = grad[j] * value[j] * (one_wrong && j == 17 ? Real(1.01) : Real(1));
      if (to.add && !assigned)
        (*to.grad)[j] += g;
      else
        (*to.grad)[j] = g;
    }
  }
};

Tensor ramp(Index n) {
  Tensor x = Tensor::zeros({n});
  for (Index j = 0; j < n; ++j) x[j] = 0.05 * static_cast<Real>(j) - 1;
  return x;
}

}  // namespace

TEST_CASE("one wrong element of forty") {
  Parameter x("x", ramp(40));
  CHECK(my_gradcheck([&](Tape& t) { return unary<Exp<false, false>>("exp", t.leaf(x)); }, {&x}));
  CHECK_FALSE(my_gradcheck([&](Tape& t) { return unary<Exp<true, false>>("exp", t.leaf(x)); }, {&x}));
}

TEST_CASE("a gradient that is assigned shows where the input is used twice") {
  Parameter x("x", ramp(4));
  const auto twice = [&]<class N>(Tape& t) {
    const Var a = t.leaf(x);
    const Var first = unary<N>("exp", a);  // recorded first, so its backward comes last
    return first + square(a);
  };
  CHECK(my_gradcheck([&](Tape& t) { return twice.operator()<Exp<false, false>>(t); }, {&x}));
  CHECK_FALSE(my_gradcheck([&](Tape& t) { return twice.operator()<Exp<false, true>>(t); }, {&x}));
}

TEST_CASE("the second of two parameters is checked as well") {
  Parameter a("a", ramp(4)), x("x", ramp(40));
  CHECK_FALSE(my_gradcheck([&](Tape& t) { return sum(square(t.leaf(a))) + unary<Exp<true, false>>("exp", t.leaf(x)); },
                           {&a, &x}));
}

TEST_CASE("large values, tiny values, and elements whose gradient is zero among others") {
  Parameter large("x", Tensor({1e4, -3e5, 2e6})), tiny("x", Tensor({1e-7, -2e-6, 3e-7})),
      mixed("x", Tensor({-1, 2, -3, 4}));
  CHECK(my_gradcheck([&](Tape& t) { return square(t.leaf(large)); }, {&large}));
  CHECK(my_gradcheck([&](Tape& t) { return exp(t.leaf(tiny)); }, {&tiny}));
  CHECK(my_gradcheck([&](Tape& t) { return relu(t.leaf(mixed)); }, {&mixed}));
}

TEST_CASE("NaN is not right") {
  Parameter x("x", Tensor({-1, 2}));
  CHECK_FALSE(my_gradcheck([&](Tape& t) { return log(t.leaf(x)); }, {&x}));
}

TEST_CASE("the work is yours: two runs of the function for each element, and the one that is differentiated") {
  Parameter x("x", ramp(7));
  int runs = 0;
  my_gradcheck(
      [&](Tape& t) {
        ++runs;
        return square(t.leaf(x));
      },
      {&x});
  CHECK(runs >= 2 * 7 + 1);
  CHECK(runs <= 2 * 7 + 3);
}
