// What is right passes, and is not accused: a check that cries wolf is soon switched off.
#include <cmath>
#include <limits>
#include <vector>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "tests/autograd/exercise.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

TEST_CASE("no op that is right is accused when a check fails for another reason") {
  Parameter x("x", Tensor(Shape{2, 4, 6})), w("w", Tensor(Shape{6})), k("k", Tensor(Shape{2, 2, 3, 2})),
      b("b", Tensor(Shape{6}));
  double next = 0;
  for (Parameter* p : {&x, &w, &k, &b})
    for (Real& v : p->mutable_value().values()) v = std::sin(++next * 1.7) * 1.5;
  const std::vector<Index> targets = {1, 0, 5, 2, 3, 3, 4, 0};
  const auto text = [&](Tape& t) {
    const Var y = layer_norm(t.leaf(x), t.leaf(w), t.leaf(b));
    const Var z = gelu(causal_attention(y, y * 0.5, relu(y), 2)) + y;
    return cross_entropy(log_softmax(z, 1) / (1 + square(z)), targets);
  };
  const auto image = [&](Tape& t) {
    const Var y = conv2d(reshape(t.leaf(x), {1, 2, 4, 6}), t.leaf(k), slice(t.leaf(b), 0, 0, 2), 1, 1);
    return concat({max_pool2d(y, 2), abs(avg_pool2d(y, 2))}, 1) * mean(maximum(y, -y));
  };
  GradcheckOptions options;
  options.zero_gradients = {"x"};  // it is not, so that the check fails
  for (const Gradcheck& check : {gradcheck(text, {&x, &w, &b}, options), gradcheck(image, {&x, &k, &b}, options)}) {
    INFO(check.report());
    REQUIRE(check.failures.size() == 2);  // the tape and the differences both say so
    REQUIRE(check.diagnoses.empty());
  }
}

TEST_CASE("beside the edge of a function's domain smaller steps are taken, and said") {
  Parameter x("x", Tensor({3}, {2, 1e-12, 1e-200}));
  const auto of_log = gradcheck([&](Tape& t) { return log(t.leaf(x)); }, {&x});
  INFO(of_log.report());
  REQUIRE(of_log.passed);
  REQUIRE(of_log.notes.size() == 1);
  REQUIRE(of_log.notes[0].parameter == "x");
  REQUIRE(of_log.notes[0].op == "log");
  REQUIRE(of_log.notes[0].index == 1);
  REQUIRE_THAT(of_log.report(),
               Contains("note: the function is not finite at x - h for x = 'x' [1] = 1e-12 and h = ") &&
                   Contains(" was taken: move x away from the edge of the function's domain if"));
  const auto sum_of_both = [&](Tape& t) { return sqrt(t.leaf(x)) + log(1 - t.leaf(x)); };
  x.mutable_value() = Tensor({3}, {0.5, 1e-9, 1 - 0x1p-20});
  REQUIRE(gradcheck(sum_of_both, {&x}).passed);
}

// y = (x + 1)^2 where x is at least 0, and nothing below.
static Var half_square(Tape& t, const Parameter& x, double factor, bool throws) {
  return exercise(
      {t.leaf(x)}, x.shape(), each([=](Exercise& n, Index j) {
        const double v = n.in(0)[j];
        if (v < 0 && throws) throw Error("half_square: expected no negative value");
        return v < 0 ? std::numeric_limits<double>::quiet_NaN() : (v + 1) * (v + 1);
      }),
      [factor](Exercise& n) { n.accumulate(0, [&](Index j) { return factor * n.grad[j] * (n.in(0)[j] + 1); }); });
}

TEST_CASE("at the edge of a function's domain the slope on the one side decides") {
  Parameter x("x", Tensor({2}, {1, 0}));
  for (const bool throws : {false, true}) {
    const auto with = [&](double factor) {
      return gradcheck([&](Tape& t) { return half_square(t, x, factor, throws); }, {&x});
    };
    INFO(with(2).report());
    REQUIRE(with(2).passed);
    REQUIRE_THAT(with(2).report(), Contains("not finite at x - h for x = 'x' [1] = 0") &&
                                       Contains("the slope on the other side was taken"));
    REQUIRE_FALSE(with(2 + 1e-8).passed);
    REQUIRE(with(2 + 1e-8).wrong == 2);
  }
}

TEST_CASE("right gradients of steep, stiff, rough and distant functions pass") {
  Parameter x("x", Tensor({4}, {0.3, -0.7, 1e-5, 0.8}));
  const auto passes = [&](auto f) {
    const Gradcheck check = gradcheck(f, {&x});
    INFO(check.report());
    CHECK(check.passed);
    return check.max_error;
  };
  REQUIRE(passes([&](Tape& t) { return exp(t.leaf(x) * 200.0); }) < 1e-9);
  REQUIRE(passes([&](Tape& t) { return tanh(t.leaf(x) * 1e4); }) < 1e-7);
  REQUIRE(passes([&](Tape& t) { return exp(t.leaf(x)) + 1e5; }) < 1e-7);  // the noise of 1e5
  REQUIRE(passes([&](Tape& t) { return (t.leaf(x) + 1e6) - 1e6; }) < 1e-7);
  REQUIRE(passes([&](Tape& t) { return square(t.leaf(x) * 1e150) * 1e-300; }) < 1e-10);
  for (const double away : {1e-3, 1e-4, 1e-5, 1e-6})  // from the kink of abs
    REQUIRE(passes([&](Tape& t) { return abs(t.leaf(x) - (0.3 + away)); }) < 1e-9);
  REQUIRE(passes([&](Tape& t) { return relu(t.leaf(x)) * 3.0; }) < 1e-10);
}

TEST_CASE("options that make no sense are refused in one line each") {
  Parameter x("x", Tensor({2}, {1, 2}));
  const auto f = [&](Tape& t) { return sum(square(t.leaf(x))); };
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (const double step : {0.0, -1e-5, nan, infinity}) {
    const Gradcheck check = gradcheck(f, {&x}, {.step = step});
    REQUIRE_FALSE(check.passed);
    REQUIRE(check.failures.size() == 1);
    REQUIRE(check.rows.empty());
    REQUIRE_FALSE(hessian_vector_check(f, {&x}, {.step = step}).passed);
  }
  REQUIRE(gradcheck(f, {&x}, {.step = 0}).failures[0].what == "step: expected a finite number above 0, got 0");
  REQUIRE(gradcheck(f, {&x}, {.step = nan}).failures[0].what == "step: expected a finite number above 0, got nan");
  REQUIRE(gradcheck(f, {&x}, {.tolerance = -1}).failures[0].what ==
          "tolerance: expected a number of at least 0, got -1");
  REQUIRE(gradcheck(f, {&x}, {.resolution = 0}).failures[0].what == "resolution: expected a number above 0, got 0");
  REQUIRE(gradcheck(f, {&x}, {.absolute_tolerance = nan}).failures.size() == 1);
  REQUIRE(gradcheck(f, {&x}, {.directions = -1}).failures[0].what ==
          "directions: expected a number of at least 0, got -1");
  REQUIRE(hessian_vector_check(f, {&x}, {.step = 0}).failures[0] ==
          "expected a finite step above 0 and a tolerance of at least 0, got a step of 0 and a tolerance of 1e-05");
  REQUIRE(gradcheck(f, {&x}, {.step = 1e-11}).passed);  // it adapts
  REQUIRE(gradcheck(f, {&x}, {.step = 10}).passed);
}

TEST_CASE("an infinity that stays what it is accuses nothing: pad with minus infinity before a maximum") {
  Parameter x("x", Tensor({2, 3}, {1, -2, 3, 0.5, 4, -1}));
  const auto padded = [&](double factor) {
    return [&, factor](Tape& t) {
      const Var y = exercise({t.leaf(x)}, {2, 3}, each([](Exercise& n, Index j) { return 2 * n.in(0)[j]; }),
                             [factor](Exercise& n) { n.accumulate(0, [&](Index j) { return factor * n.grad[j]; }); });
      return max(pad(y, 1, 1, 2, -std::numeric_limits<double>::infinity()), {1});
    };
  };
  REQUIRE(gradcheck(padded(2), {&x}).passed);
  const Gradcheck wrong = gradcheck(padded(2.5), {&x});
  INFO(wrong.report());
  REQUIRE(wrong.diagnoses.size() == 1);
  REQUIRE(wrong.diagnoses[0].op == "exercise");
  GradcheckOptions options;
  options.zero_gradients = {"x"};  // it is not, so that the check fails, though every op is right
  const Gradcheck listed = gradcheck(padded(2), {&x}, options);
  INFO(listed.report());
  REQUIRE(listed.diagnoses.empty());
}

TEST_CASE("noise that is smooth over some units in the last place is noise") {
  Parameter x("x", Tensor({3}, {1, 0.3, -0.7}));
  for (const double frequency : {0x1p38, 0x1p41, 0x1p44, 0x1p47}) {
    const Gradcheck check = gradcheck(
        [&](Tape& t) {  // x^2, rough by 1e-12
          return exercise({t.leaf(x)}, {3}, each([&](Exercise& n, Index j) {
                            const double v = n.in(0)[j];
                            return v * v + 1e-12 * std::sin(frequency * v);
                          }),
                          [](Exercise& n) { n.accumulate(0, [&](Index j) { return 2 * n.grad[j] * n.in(0)[j]; }); });
        },
        {&x});
    INFO(frequency << check.report());
    CHECK(check.wrong == 0);
  }
}
