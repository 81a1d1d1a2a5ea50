// What other projects' checks let through: each test has the name of the hole.
#include <cmath>
#include <limits>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "tests/autograd/exercise.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

struct Values {
  Parameter x{"x", Tensor({2, 3}, {1, -2, 3, 0.5, 4, -1})}, w{"w", Tensor({2, 3}, {0.2, 7, -1, 2, 1, 3})};
};

// y = x^2 with g as its derivative.
template <class F>
Var square_with(Var x, F g) {
  return exercise({x}, x.shape(), each([](Exercise& n, Index j) { return n.in(0)[j] * n.in(0)[j]; }),
                  [g](Exercise& n) { n.accumulate(0, [&](Index j) { return n.grad[j] * g(n.in(0)[j], j); }); });
}

Steps softmax_rows = [](Exercise& n) {
  for (Index r = 0; r < 6; r += 3) {
    double sum = 0;
    for (Index j = r; j < r + 3; ++j) sum += n.value[j] = std::exp(n.in(0)[j]);
    for (Index j = r; j < r + 3; ++j) n.value[j] /= sum;
  }
};

}  // namespace

TEST_CASE("hole: 0 is compared with 0") {
  Values v;
  const Gradcheck check = gradcheck([&](Tape& t) { return t.leaf(v.x) * 0.0; }, {&v.x});
  REQUIRE_THAT(check.report(), Contains("nothing to check: the gradient of 'x' is zero"));
  REQUIRE(check.nothing_to_check);
  REQUIRE_FALSE(check.passed);
}

TEST_CASE("hole: 0/0 is NaN, and NaN > tolerance is false") {
  Values v;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Gradcheck check = gradcheck(
      [&](Tape& t) { return square_with(t.leaf(v.x), [&](double x, Index j) { return j == 4 ? nan : 2 * x; }); },
      {&v.x});
  REQUIRE_FALSE(check.passed);
  REQUIRE_THAT(check.report(),
               Contains("the gradient of 'x' is not finite") && Contains("1 of 6 elements are not finite"));
}

TEST_CASE("hole: gradients below an absolute tolerance are forgiven") {
  Values v;
  const auto tiny = [&](Tape& t) {  // all gradients below 0.01, and 3 % off
    return square_with(t.leaf(v.x), [](double x, Index) { return 2.06 * x; }) * 1e-5;
  };
  const Gradcheck check = gradcheck(tiny, {&v.x});
  REQUIRE_FALSE(check.passed);
  REQUIRE(check.diagnoses[0].what == "off by a constant factor of 1.03");
  GradcheckOptions forgiving;
  forgiving.absolute_tolerance = 0.01;  // who wants it must say so
  REQUIRE(gradcheck(tiny, {&v.x}, forgiving).passed);
}

TEST_CASE("hole: one random element of each argument is checked") {
  Values v;
  for (Index wrong = 0; wrong < 6; ++wrong) {
    const Gradcheck check = gradcheck(
        [&](Tape& t) {
          return square_with(t.leaf(v.x), [=](double x, Index j) { return (j == wrong ? 2.001 : 2.0) * x; });
        },
        {&v.x});
    REQUIRE_FALSE(check.passed);
    REQUIRE(check.rows[0].index == wrong);
    REQUIRE(check.rows[0].verdict == GradientVerdict::wrong);
    REQUIRE(check.rows[1].verdict == GradientVerdict::right);
  }
}

TEST_CASE("hole: a failure without index and values") {
  Values v;
  const Gradcheck check = gradcheck(
      [&](Tape& t) { return square_with(t.leaf(v.x), [](double x, Index j) { return (j == 5 ? -2 : 2) * x; }); },
      {&v.x});
  REQUIRE_THAT(check.report(1),
               Contains("exercise     x                [1, 2] ") && Contains("WRONG") &&
                   Contains("likely: exercise, input 1 of 1 ('x'), called at gradcheck_holes_test.cpp:") &&
                   Contains(": the sign is flipped, in 1 of 6 elements"));
}

TEST_CASE("hole: a cotangent of ones accepts a softmax without a gradient") {
  Values v;
  const auto silent = [&](Tape& t) {
    return exercise({t.leaf(v.x)}, {2, 3}, softmax_rows,
                    [](Exercise& n) { n.accumulate(0, [](Index) { return 0.0; }); });
  };
  Tape t({&v.x});
  t.backward(softmax(t.leaf(v.x)), Tensor::full({2, 3}, 1));
  for (const Real g : t.grad(v.x).values()) REQUIRE(std::abs(g) < 1e-15);  // so that zero would be right
  const Gradcheck check = gradcheck(silent, {&v.x});
  REQUIRE_FALSE(check.passed);
  REQUIRE(check.diagnoses[0].cause == Cause::never_written);
}

TEST_CASE("hole: equal sizes hide swapped axes") {
  Parameter square("square", Tensor({2, 2}, {1, 2, 3, 4}));
  const auto transposed = [](Var x) {  // y = 3 x, its gradient written as that of the transposed
    const Index R = x.shape()[0], C = x.shape()[1];
    return exercise({x}, x.shape(), each([](Exercise& n, Index j) { return 3 * n.in(0)[j]; }),
                    [=](Exercise& n) { n.accumulate(0, [&](Index j) { return 3 * n.grad[j % R * C + j / R]; }); });
  };
  Values v;
  for (Parameter* p : {&square, &v.x}) {
    const Gradcheck check = gradcheck([&](Tape& t) { return transposed(t.leaf(*p)); }, {p});
    REQUIRE_FALSE(check.passed);  // a random cotangent tells the axes apart even where they are equal
    REQUIRE(check.diagnoses[0].cause == Cause::transposed);
  }
}

TEST_CASE("hole: = in place of += passes where every input is used once") {
  Values v;
  const Gradcheck check = gradcheck(
      [&](Tape& t) {
        return exercise({t.leaf(v.x)}, {2, 3}, each([](Exercise& n, Index j) { return 3 * n.in(0)[j]; }),
                        [](Exercise& n) {
                          Tensor& to = *n.target(0).grad;
                          for (Index j = 0; j < 6; ++j) to[j] = 3 * n.grad[j];
                        });
      },
      {&v.x});
  REQUIRE_FALSE(check.passed);
  REQUIRE(check.rows[0].verdict == GradientVerdict::right);  // the values alone do not show it
  REQUIRE(check.diagnoses[0].cause == Cause::overwritten);
}

TEST_CASE("hole: an op that overwrites passes where another op feeds it, alone") {
  Values v;
  const auto overwriting = [](Var x) {
    return exercise({x}, {2, 3}, each([](Exercise& n, Index j) { return 3 * n.in(0)[j]; }), [](Exercise& n) {
      Tensor& to = *n.target(0).grad;
      for (Index j = 0; j < 6; ++j) to[j] = 3 * n.grad[j];
    });
  };
  for (const bool behind_leaf : {true, false}) {
    const Gradcheck check = gradcheck(
        [&](Tape& t) { return behind_leaf ? tanh(overwriting(t.leaf(v.x))) : overwriting(tanh(t.leaf(v.x))); }, {&v.x});
    INFO(check.report());
    REQUIRE_FALSE(check.passed);
    REQUIRE(check.rows[0].verdict == GradientVerdict::right);
    REQUIRE(check.diagnoses.size() == 1);
    REQUIRE(check.diagnoses[0].cause == Cause::overwritten);
    REQUIRE(check.diagnoses[0].op == "exercise");
    REQUIRE(check.diagnoses[0].input == 0);
    REQUIRE(check.diagnoses[0].parameter == (behind_leaf ? "x" : ""));
  }
}

TEST_CASE("hole: backward throws where the function does not") {
  Values v;
  const Gradcheck check = gradcheck(
      [&](Tape& t) {
        return exercise({tanh(t.leaf(v.x))}, {2, 3}, each([](Exercise& n, Index j) { return n.in(0)[j]; }),
                        [](Exercise&) { throw Error("not written yet"); });
      },
      {&v.x});
  REQUIRE_FALSE(check.passed);
  REQUIRE_THAT(check.report(),
               Contains("backward throws where the function itself does not: not written yet") &&
                   Contains("likely: exercise, input 1 of 1 (the tanh of line gradcheck_holes_test.cpp:"));
  REQUIRE(check.diagnoses[0].cause == Cause::throws);
}

TEST_CASE("hole: at a kink any value passes, or none") {
  Parameter x("x", Tensor({3}, {-1, 0, 2}));
  const auto relu_with = [&](double at_zero) {
    return gradcheck(
        [&, at_zero](Tape& t) {
          return exercise({t.leaf(x)}, {3}, each([](Exercise& n, Index j) { return std::max(0.0, n.in(0)[j]); }),
                          [at_zero](Exercise& n) {
                            n.accumulate(0, [&](Index j) {
                              const double v = n.in(0)[j];
                              return n.grad[j] * (v > 0 ? 1 : v < 0 ? 0 : at_zero);
                            });
                          });
        },
        {&x});
  };
  for (const double inside : {0.0, 0.25, 0.5, 1.0}) {
    const Gradcheck check = relu_with(inside);
    INFO(check.report());
    REQUIRE(check.passed);
    if (inside != 0.5) REQUIRE(check.rows[0].verdict == GradientVerdict::kink);
  }
  for (const double outside : {-0.1, 1.1, 2.0}) {
    const Gradcheck check = relu_with(outside);
    REQUIRE_FALSE(check.passed);
    REQUIRE(check.diagnoses[0].cause == Cause::kink);
  }
}

TEST_CASE("hole: float differences, or one step for all, forgive what is a plateau") {
  Values v;
  const auto off_by = [&](double factor) {
    return gradcheck(
        [&, factor](Tape& t) { return square_with(t.leaf(v.x), [factor](double x, Index) { return 2 * factor * x; }); },
        {&v.x});
  };
  for (const double off : {1e-6, 1e-8, 1e-10}) {
    REQUIRE_FALSE(off_by(1 + off).passed);
    REQUIRE(off_by(1 + off).rows[0].verdict == GradientVerdict::wrong);
  }
  REQUIRE_THAT(off_by(1 + 1e-6).report(), Contains("off by a constant factor of 1 + 1e-06"));
  // Right, but so steep that the usual step is 1 % off: another step of the sweep shows it.
  Parameter steep("steep", Tensor({2}, {0.0003, -0.0004}));
  const Gradcheck check = gradcheck([&](Tape& t) { return exp(t.leaf(steep) * 3e4); }, {&steep});
  INFO(check.report());
  REQUIRE(check.passed);
}

TEST_CASE("hole: a fast mode that passes what is broken does not say that it is weaker") {
  Values v;
  GradcheckOptions fast;
  fast.directions = 2;
  const Gradcheck good = gradcheck([&](Tape& t) { return softmax(t.leaf(v.x)); }, {&v.x}, fast);
  INFO(good.report());
  REQUIRE(good.passed);
  REQUIRE(good.rows.size() == 2);
  REQUIRE_THAT(good.report(), Contains("2 random directions (weaker than every element)"));
  const Gradcheck bad = gradcheck(
      [&](Tape& t) { return square_with(t.leaf(v.x), [](double x, Index j) { return (j == 5 ? -2 : 2) * x; }); },
      {&v.x}, fast);
  REQUIRE_FALSE(bad.passed);
  REQUIRE_THAT(bad.report(),
               Contains("is wrong along a random direction") && Contains("the sign is flipped, in 1 of 6"));
}

TEST_CASE("what cannot be decided is not passed") {
  Parameter x("x", Tensor({1}, {1}));
  const Gradcheck check = gradcheck(
      [&](Tape& t) {  // x^2, rough by 1e-6, as a value that went through a file or through float
        return exercise(
            {t.leaf(x)}, {1}, each([](Exercise& n, Index j) {
              const double v = n.in(0)[j];
              return v * v + 1e-6 * std::sin(1e16 * v);
            }),
            [](Exercise& n) { n.accumulate(0, [&](Index j) { return 2.0000001 * n.grad[j] * n.in(0)[j]; }); });
      },
      {&x});
  INFO(check.report());
  REQUIRE_FALSE(check.passed);
  REQUIRE(check.rows[0].verdict == GradientVerdict::undecided);
  REQUIRE(check.diagnoses.empty());
  REQUIRE_THAT(check.report(), Contains("gradcheck: UNDECIDED, 1 elements, 1 undecided") &&
                                   Contains("the gradient of 'x' is undecided: differences are exact to "));
}

TEST_CASE("second order: the gradient's change is the curvature, symmetric, and the product given") {
  Values v;
  const auto f = [&](Tape& t) { return sum(exp(t.leaf(v.x)) * square(t.leaf(v.w)) * 0.01); };
  const HessianCheck check = hessian_vector_check(f, {&v.x, &v.w});
  REQUIRE(check.failures.empty());
  REQUIRE(check.passed);
  REQUIRE(check.symmetry_error < 1e-7);

  struct Product final : HessianProduct {  // of sum(x^3)
    const Parameter* x;
    double factor;
    std::vector<Tensor> times(const std::vector<Tensor>& u) override {
      Tensor p(u[0].shape());
      for (Index i = 0; i < p.size(); ++i) p[i] = factor * x->value()[i] * u[0][i];
      return {p};
    }
  } product;
  product.x = &v.x;
  const auto cube = [&](Tape& t) { return sum(power(t.leaf(v.x), 3)); };
  product.factor = 6;
  REQUIRE(hessian_vector_check(cube, {&v.x}, {}, &product).passed);
  product.factor = 3;
  REQUIRE_THAT(hessian_vector_check(cube, {&v.x}, {}, &product).failures[0],
               Contains("the product is not the Hessian's: error 5.00e-01"));

  // A vector field that is no gradient: dL/dx_0 of x_0 x_1 given as x_0.
  Parameter x("x", Tensor({2}, {2, 2}));  // at x_0 = x_1 the gradient itself is right
  const auto curl = [&](Tape& t) {
    return exercise(
        {t.leaf(x)}, {1}, [](Exercise& n) { n.value[0] = n.in(0)[0] * n.in(0)[1]; },
        [](Exercise& n) {
          n.accumulate(0, [&](Index j) { return n.grad[0] * n.in(0)[0] + 0 * static_cast<double>(j); });
        });
  };
  REQUIRE_FALSE(hessian_vector_check(curl, {&x}).passed);
  REQUIRE_THROWS_WITH(hessian_vector_check([&](Tape& t) { return t.leaf(x); }, {&x}),
                      "hessian_vector_check: expected a function of one value, got shape (2)");
  REQUIRE_THAT(hessian_vector_check([&](Tape& t) { return sum(t.leaf(x)); }, {&x}).failures[0],
               Contains("nothing to check: the gradient does not change"));
}
