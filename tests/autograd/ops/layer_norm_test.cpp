#include "autograd/gradcheck/gradcheck.h"
#include "autograd/ops.h"
#include "tests/autograd/heavy.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

const Op norm = [](std::span<const Var> x) { return layer_norm(x[0], x[1], x[2]); };

}  // namespace

TEST_CASE("layer_norm: by hand") {
  Tape t;
  const Var x = t.constant(Tensor({2, 4}, {1, 1, 3, 3, 10, 10, 30, 30}));  // means 2 and 20, deviations 1 and 10
  const Var w = t.constant(Tensor({4}, {1, 2, 3, 4})), b = t.constant(Tensor({4}, {0, 0, 100, 100}));
  CHECK(layer_norm(x, w, b, 0).value().str() == "(2, 4) [-1, -2, 103, 104, -1, -2, 103, 104]");
  CHECK(layer_norm(x, w, b, 3).value().str(4) == "(2, 4) [-0.5, -1, 101.5, 102, ...]");  // 1 / sqrt(1 + 3)
}

TEST_CASE("layer_norm: gradients") {
  for (const Shape& s : {Shape{5}, Shape{3, 4}, Shape{2, 3, 17}, Shape{37, 2}}) {
    INFO(s.str());
    Parameter x("x", random_tensor(s, "x")), w("w", random_tensor({s[-1]}, "w")), b("b", random_tensor({s[-1]}, "b"));
    const Gradcheck check =
        gradcheck([&](Tape& t) { return layer_norm(t.leaf(x), t.leaf(w), t.leaf(b), 0.1); }, {&x, &w, &b});
    INFO(check.report());
    CHECK(check.passed);
  }
}

// Near 2^36 the mean is off by its rounding, about 1e-5, and what is left of it by a millionth of the spread of x. The
// steps are 2^-10, which is exact there. The bias says how coarse the values are: the check expects no more of slopes
// whose steps are rounded.
TEST_CASE("layer_norm: gradients where all values are far from 0") {
  Tensor far = random_tensor({3, 5}, "x");
  for (Real& v : far.values()) v = 0x1p36 + 4 * v;
  Parameter x("x", far);
  const Tensor w = random_tensor({5}, "w"), b = Tensor::full({5}, 1000);
  GradcheckOptions options;
  options.step = 0x1p-46;
  const Gradcheck check =
      gradcheck([&](Tape& t) { return layer_norm(t.leaf(x), t.constant(w), t.constant(b)); }, {&x}, options);
  INFO(check.report());
  CHECK(check.passed);
}

TEST_CASE("layer_norm is its composition") {
  const Op composed = [](std::span<const Var> x) {
    const Var centred = x[0] - mean(x[0], {-1}, true);
    return centred / sqrt(mean(square(centred), {-1}, true) + 1e-5) * x[1] + x[2];
  };
  CHECK(difference(norm, composed, {{3, 40, 33}, {33}, {33}}) < 1e-13);
}

TEST_CASE("layer_norm does not depend on the number of threads, nor a row on its batch") {
  CHECK(threads_agree(norm, {{311, 65}, {65}, {65}}));
  Tape t;
  const Var w = t.constant(random_tensor({65}, "w")), b = t.constant(random_tensor({65}, "b"));
  const Tensor x = random_tensor({7, 65}, "x");
  const Tensor all = layer_norm(t.constant(x), w, b).value();
  for (Index row = 0; row < 7; ++row) {
    Tensor alone(Shape{65});
    std::copy_n(x.data() + row * 65, 65, alone.data());
    const Tensor y = layer_norm(t.constant(alone), w, b).value();
    CHECK(std::equal(y.data(), y.data() + 65, all.data() + row * 65));
  }
}

TEST_CASE("layer_norm: errors name what was expected") {
  Tape t;
  const auto zeros = [&](const Shape& s) { return t.constant(Tensor::zeros(s)); };
  using Catch::Matchers::StartsWith;
  CHECK_THROWS_WITH(
      layer_norm(zeros({2, 4}), zeros({4}), zeros({3})),
      StartsWith(
          "layer_norm: expected x (..., C), weight (C) and bias (C), got (2, 4), (4) and (3), at layer_norm_test.cpp:"));
  CHECK_THROWS_WITH(layer_norm(zeros({2, 0}), zeros({0}), zeros({0})),
                    StartsWith("layer_norm: expected x (..., C) with C of 1 or more, got (2, 0)"));
  CHECK_THROWS_WITH(layer_norm(zeros({2, 4}), zeros({4}), zeros({4}), -1),
                    StartsWith("layer_norm: expected an eps of 0 or more, got -1"));
}
