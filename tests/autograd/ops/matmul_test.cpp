#include "autograd/gradcheck/gradcheck.h"
#include "autograd/ops.h"
#include "tests/autograd/heavy.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

const Op product = [](std::span<const Var> x) { return matmul(x[0], x[1]); };

}  // namespace

TEST_CASE("matmul: a batch of products by hand") {
  Tape t;
  const Var a = t.constant(Tensor({2, 1, 2}, {1, 2, 3, 4})), b = t.constant(Tensor({2, 2, 1}, {1, 10, 100, 1000}));
  CHECK(matmul(a, b).value().str() == "(2, 1, 1) [21, 4300]");
  const Var one = t.constant(Tensor({2, 1}, {1, -1}));  // broadcast to both
  CHECK(matmul(a, one).value().str() == "(2, 1, 1) [-1, -1]");
}

TEST_CASE("matmul: gradients, with leading axes that broadcast or not") {
  const std::vector<std::pair<Shape, Shape>> cases = {
      {{2, 3}, {3, 4}},          {{2, 3, 4}, {2, 4, 5}},       {{2, 3, 4}, {4, 5}}, {{3, 4}, {2, 4, 5}},
      {{2, 1, 3, 2}, {4, 2, 3}}, {{1, 2, 3, 2}, {4, 1, 2, 3}}, {{2, 1, 3}, {3, 1}}};
  for (const auto& [a, b] : cases) {
    INFO(a.str() << " " << b.str());
    Parameter A("A", random_tensor(a, "A")), B("B", random_tensor(b, "B"));
    const Gradcheck check = gradcheck([&](Tape& t) { return matmul(t.leaf(A), t.leaf(B)); }, {&A, &B});
    INFO(check.report());
    CHECK(check.passed);
  }
}

TEST_CASE("matmul: a batch is its products one by one") {
  const Tensor a = random_tensor({2, 3, 4, 5}, "a"), b = random_tensor({3, 5, 6}, "b");
  Tape t;
  const Tensor all = matmul(t.constant(a), t.constant(b)).value();
  REQUIRE(all.shape() == Shape{2, 3, 4, 6});
  for (Index n = 0; n < 6; ++n) {
    Tensor one_a(Shape{4, 5}), one_b(Shape{5, 6}), expected(Shape{4, 6});
    std::copy_n(a.data() + n * 20, 20, one_a.data());
    std::copy_n(b.data() + n % 3 * 30, 30, one_b.data());
    std::copy_n(all.data() + n * 24, 24, expected.data());
    CHECK(same_bits(matmul(t.constant(one_a), t.constant(one_b)).value(), expected));
  }
}

TEST_CASE("matmul: batches do not depend on the number of threads") {
  CHECK(threads_agree(product, {{3, 5, 64, 40}, {3, 5, 40, 64}}));
  CHECK(threads_agree(product, {{7, 1, 33, 40}, {1, 5, 40, 65}}));
}

TEST_CASE("matmul: empty batches") {
  Tape t;
  CHECK(matmul(t.constant(Tensor(Shape{0, 2, 3})), t.constant(Tensor::zeros({3, 4}))).shape() == Shape{0, 2, 4});
}

TEST_CASE("matmul: errors name what was expected") {
  Tape t;
  const auto zeros = [&](const Shape& s) { return t.constant(Tensor::zeros(s)); };
  CHECK_THROWS_WITH(
      matmul(zeros({3, 4}), zeros({5, 2})),
      Catch::Matchers::StartsWith("matmul: expected A (..., M, K) and B (..., K, N), got (3, 4) and (5, 2)"));
  CHECK_THROWS_WITH(matmul(zeros({4}), zeros({3, 2})),
                    Catch::Matchers::Contains("got (4) and (3, 2), at matmul_test.cpp:"));
  CHECK_THROWS_WITH(
      matmul(zeros({2, 3, 4}), zeros({5, 4, 2})),
      Catch::Matchers::StartsWith(
          "matmul: expected leading axes that broadcast, of A (..., M, K) and B (..., K, N), got (2, 3, 4) and (5, 4, 2)"));
}
