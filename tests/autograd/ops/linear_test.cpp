#include "autograd/gradcheck/gradcheck.h"
#include "autograd/ops.h"
#include "tests/autograd/heavy.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

const Op layer = [](std::span<const Var> x) { return linear(x[0], x[1], x[2]); };
const Op layer_of_gpt2 = [](std::span<const Var> x) { return conv1d_1x1(x[0], x[1], x[2]); };

}  // namespace

TEST_CASE("linear: by hand") {
  const Parameter x("x", Tensor({1, 2}, {1, 2})), w("w", Tensor({3, 2}, {1, 0, 0, 1, 1, 1})),
      b("b", Tensor({3}, {10, 20, 30}));
  Tape t({const_cast<Parameter*>(&x), const_cast<Parameter*>(&w), const_cast<Parameter*>(&b)});
  const Var y = linear(t.leaf(x), t.leaf(w), t.leaf(b));
  CHECK(y.value().str() == "(1, 3) [11, 22, 33]");
  t.backward(y, Tensor({1, 3}, {1, 10, 100}));
  CHECK(t.grad(x).str() == "(1, 2) [101, 110]");
  CHECK(t.grad(w).str() == "(3, 2) [1, 2, 10, 20, 100, 200]");
  CHECK(t.grad(b).str() == "(3) [1, 10, 100]");
}

TEST_CASE("linear and conv1d_1x1: gradients, for x of any rank") {
  for (const Shape& s : {Shape{4}, Shape{3, 4}, Shape{2, 3, 4}, Shape{2, 1, 2, 4}}) {
    INFO(s.str());
    Parameter x("x", random_tensor(s, "x")), w("w", random_tensor({5, 4}, "w")), v("v", random_tensor({4, 5}, "v")),
        b("b", random_tensor({5}, "b"));
    CHECK(gradcheck([&](Tape& t) { return linear(t.leaf(x), t.leaf(w)); }, {&x, &w}).passed);
    CHECK(gradcheck([&](Tape& t) { return linear(t.leaf(x), t.leaf(w), t.leaf(b)); }, {&x, &w, &b}).passed);
    CHECK(gradcheck([&](Tape& t) { return conv1d_1x1(t.leaf(x), t.leaf(v), t.leaf(b)); }, {&x, &v, &b}).passed);
  }
}

TEST_CASE("linear is a product with the transposed weight, plus the bias") {
  const Op composed = [](std::span<const Var> x) { return matmul(x[0], transpose(x[1])) + x[2]; };
  CHECK(difference(layer, composed, {{3, 47, 20}, {13, 20}, {13}}) < 1e-14);
  const Op composed_gpt2 = [](std::span<const Var> x) { return matmul(x[0], x[1]) + x[2]; };
  CHECK(difference(layer_of_gpt2, composed_gpt2, {{3, 7, 20}, {20, 13}, {13}}) < 1e-14);
}

TEST_CASE("linear does not depend on the number of threads") {
  CHECK(threads_agree(layer, {{5, 77, 65}, {131, 65}, {131}}));
  CHECK(threads_agree(layer_of_gpt2, {{300, 65}, {65, 131}, {131}}));
}

TEST_CASE("linear: errors name what was expected") {
  Tape t;
  const auto zeros = [&](const Shape& s) { return t.constant(Tensor::zeros(s)); };
  using Catch::Matchers::StartsWith;
  CHECK_THROWS_WITH(
      linear(zeros({3, 4}), zeros({2, 5})),
      StartsWith("linear: expected x (..., K) and weight (N, K), got (3, 4) and (2, 5), at linear_test.cpp:"));
  CHECK_THROWS_WITH(linear(zeros({3, 4}), zeros({2, 4}), zeros({4})),
                    StartsWith("linear: expected a bias of shape (2) for weight (2, 4), got (4)"));
  CHECK_THROWS_WITH(conv1d_1x1(zeros({3, 4}), zeros({2, 4}), zeros({2})),
                    StartsWith("conv1d_1x1: expected x (..., K) and weight (K, N), got (3, 4) and (2, 4)"));
  CHECK_THROWS_WITH(conv1d_1x1(zeros({3, 2}), zeros({2, 4}), zeros({2})),
                    StartsWith("conv1d_1x1: expected a bias of shape (4) for weight (2, 4), got (2)"));
}
