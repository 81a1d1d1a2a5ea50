// A scalar autodiff engine of a few lines, as in a first lesson: every change of one line in it must be caught.
#include <cmath>
#include <memory>
#include <vector>

#include "tests/autograd/exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

enum Mutant {
  none,
  add_left,
  add_right,
  add_assigns,
  add_forward,
  mul_left,
  mul_right,
  mul_no_cotangent,
  mul_assigns,
  mul_forward,
  power_factor,
  power_exponent,
  power_no_cotangent,
  power_assigns,
  relu_always,
  relu_below,
  relu_input,
  relu_assigns,
  seed_adds,
  order_forward,
  root_zero,
  mutants
};

// A list of scalars in the order in which they were computed; backward() walks it from the end.
struct Engine {
  struct Scalar {
    double data, grad = 0;
    int kind, a = -1, b = -1;  // kind: 0 leaf, 1 +, 2 *, 3 cube, 4 relu
  };
  Mutant mutant;
  std::vector<Scalar> all;

  int make(double data, int kind, int a = -1, int b = -1) {
    all.push_back({data, 0, kind, a, b});
    return static_cast<int>(all.size()) - 1;
  }
  double x(int i) const { return all[static_cast<std::size_t>(i)].data; }
  double& g(int i) { return all[static_cast<std::size_t>(i)].grad; }
  bool is(Mutant m) const { return mutant == m; }

  int leaf(double data) { return make(data, 0); }
  int add(int a, int b) { return make(is(add_forward) ? x(a) - x(b) : x(a) + x(b), 1, a, b); }
  int mul(int a, int b) { return make(is(mul_forward) ? x(a) * x(b) * 1.01 : x(a) * x(b), 2, a, b); }
  int cube(int a) { return make(std::pow(x(a), 3), 3, a); }
  int relu(int a) { return make(x(a) < 0 ? 0 : x(a), 4, a); }

  void local(const Scalar& y) {
    if (y.kind == 1) {
      if (is(add_assigns))
        g(y.a) = y.grad;
      else
        g(y.a) += is(add_left) ? 0 : y.grad;
      g(y.b) += is(add_right) ? -y.grad : y.grad;
    } else if (y.kind == 2) {
      if (is(mul_assigns))
        g(y.a) = x(y.b) * y.grad;
      else
        g(y.a) += (is(mul_left) ? x(y.a) : x(y.b)) * (is(mul_no_cotangent) ? 1 : y.grad);
      g(y.b) += (is(mul_right) ? x(y.b) : x(y.a)) * y.grad;
    } else if (y.kind == 3) {
      const double d = (is(power_factor) ? 1 : 3) * std::pow(x(y.a), is(power_exponent) ? 3 : 2);
      if (is(power_assigns))
        g(y.a) = d * y.grad;
      else
        g(y.a) += d * (is(power_no_cotangent) ? 1 : y.grad);
    } else if (y.kind == 4) {
      const bool on = is(relu_always) ? true : is(relu_below) ? y.data <= 0 : y.data > 0;
      if (is(relu_assigns))
        g(y.a) = on ? y.grad : 0;
      else
        g(y.a) += (on ? 1 : 0) * (is(relu_input) ? y.data : y.grad);
    }
  }

  void backward() {
    const std::size_t size = all.size();
    for (std::size_t i = 0; i + 1 < size; ++i) all[i].grad = 0;
    if (is(seed_adds))
      all[size - 1].grad += 1;
    else
      all[size - 1].grad = is(root_zero) ? 0 : 1;
    for (std::size_t k = 0; k < size; ++k) local(all[is(order_forward) ? k : size - 1 - k]);
  }
};

// f(a, b) = r b + relu(b - 4) + a (r^2 + relu(a) + a),  r = relu(a b + a^3): every value is used more than once, both
// sides of relu are met.
struct Expression {
  Engine engine;
  int a, b, y;
  Expression(Mutant m, double at_a, double at_b) : engine{m, {}} {
    Engine& e = engine;
    a = e.leaf(at_a);
    b = e.leaf(at_b);
    const int on = e.relu(e.add(e.mul(a, b), e.cube(a)));
    const int off = e.relu(e.add(b, e.leaf(-4)));
    const int inner = e.mul(on, b);
    y = e.add(e.add(inner, off), e.mul(a, e.add(e.mul(on, on), e.add(e.relu(a), a))));
  }
};

Gradcheck check_engine(Mutant m) {
  Parameter a("a", Tensor({1}, {1.5})), b("b", Tensor({1}, {2.5}));
  return gradcheck(
      [&](Tape& t) {
        const auto e = std::make_shared<Expression>(m, a.value()[0], b.value()[0]);
        return exercise(
            {t.leaf(a), t.leaf(b)}, {1},
            [e, m](Exercise& n) {
              *e = Expression(m, n.in(0)[0], n.in(1)[0]);
              n.value[0] = e->engine.x(e->y);
            },
            [e](Exercise& n) {
              e->engine.backward();
              n.accumulate(0, [&](Index) { return n.grad[0] * e->engine.g(e->a); });
              n.accumulate(1, [&](Index) { return n.grad[0] * e->engine.g(e->b); });
            });
      },
      {&a, &b});
}

}  // namespace

TEST_CASE("of 20 changes of one line in a scalar engine none survives") {
  REQUIRE(check_engine(none).passed);
  int killed = 0;
  for (int m = 1; m < mutants; ++m) {
    const Gradcheck check = check_engine(static_cast<Mutant>(m));
    INFO("mutant " << m << "\n" << check.report());
    // A changed forward pass is another function; what must show is that its backward pass is not its own.
    killed += !check.passed;
    CHECK_FALSE(check.passed);
  }
  REQUIRE(mutants - 1 == 20);
  REQUIRE(killed == 20);
}
