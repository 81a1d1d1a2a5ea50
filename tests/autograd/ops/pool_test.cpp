#include "autograd/gradcheck/gradcheck.h"
#include "autograd/ops.h"
#include "tests/autograd/heavy.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

const Op max_by_two = [](std::span<const Var> x) { return max_pool2d(x[0], 2); };
const Op mean_by_three = [](std::span<const Var> x) { return avg_pool2d(x[0], 3); };

}  // namespace

TEST_CASE("pooling: by hand, with a column and a row left out") {
  Parameter x("x", Tensor({1, 1, 3, 5}, {1, 5, 2, 2, 9,  //
                                         3, 4, 2, 1, 9,  //
                                         9, 9, 9, 9, 9}));
  Tape t({&x});
  const Var most = max_pool2d(t.leaf(x), 2), mean = avg_pool2d(t.leaf(x), 2);
  CHECK(most.value().str() == "(1, 1, 1, 2) [5, 2]");
  CHECK(mean.value().str() == "(1, 1, 1, 2) [3.25, 1.75]");
  t.backward(most, Tensor({1, 1, 1, 2}, {10, 20}));  // of three equal values the first gets the gradient
  CHECK(t.grad(x).str(15) == "(1, 1, 3, 5) [0, 10, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]");
  t.zero_grad();
  t.backward(mean, Tensor({1, 1, 1, 2}, {4, 8}));
  CHECK(t.grad(x).str(15) == "(1, 1, 3, 5) [1, 1, 2, 2, 0, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0]");
  t.backward(most, Tensor({1, 1, 1, 2}, {10, 20}));  // added to what is there
  CHECK(t.grad(x).str(15) == "(1, 1, 3, 5) [1, 11, 22, 2, 0, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0]");
}

TEST_CASE("pooling: a NaN stays, wherever it stands in its window") {
  for (Index at = 0; at < 4; ++at) {
    Tensor x({1, 1, 2, 2}, {1, 2, 3, 4});
    x[at] = std::numeric_limits<Real>::quiet_NaN();
    Tape t;
    CHECK(std::isnan(max_pool2d(t.constant(x), 2).item()));
  }
}

TEST_CASE("pooling: gradients") {
  for (const int size : {1, 2, 3})
    for (const Shape& s : {Shape{2, 3, 6, 6}, Shape{1, 2, 5, 7}}) {
      INFO(s.str() << " size " << size);
      Parameter x("x", random_tensor(s, "x"));
      CHECK(gradcheck([&](Tape& t) { return max_pool2d(t.leaf(x), size); }, {&x}).passed);
      CHECK(gradcheck([&](Tape& t) { return avg_pool2d(t.leaf(x), size); }, {&x}).passed);
    }
}

TEST_CASE("pooling is a reduction of the windows' own axes") {
  const Op largest = [](std::span<const Var> x) { return max(reshape(x[0], {2, 3, 4, 2, 5, 2}), {3, 5}); };
  CHECK(difference(max_by_two, largest, {{2, 3, 8, 10}}) == 0);
  const Op average = [](std::span<const Var> x) { return mean(reshape(x[0], {2, 3, 2, 3, 4, 3}), {3, 5}); };
  CHECK(difference(mean_by_three, average, {{2, 3, 6, 12}}) < 1e-15);
}

TEST_CASE("pooling does not depend on the number of threads") {
  CHECK(threads_agree(max_by_two, {{5, 7, 28, 28}}));
  CHECK(threads_agree(mean_by_three, {{5, 7, 50, 50}}));
}

TEST_CASE("pooling: errors name what was expected") {
  Tape t;
  const auto zeros = [&](const Shape& s) { return t.constant(Tensor::zeros(s)); };
  using Catch::Matchers::StartsWith;
  CHECK_THROWS_WITH(max_pool2d(zeros({2, 4, 4}), 2),
                    StartsWith("max_pool2d: expected x (N, C, H, W), got (2, 4, 4), at pool_test.cpp:"));
  CHECK_THROWS_WITH(avg_pool2d(zeros({1, 1, 4, 4}), 0),
                    StartsWith("avg_pool2d: expected windows of 1 to 256 pixels a side, got 0"));
  CHECK_THROWS_WITH(max_pool2d(zeros({1, 1, 3, 4}), 4),
                    StartsWith("max_pool2d: expected windows no larger than the image (3, 4), got (4, 4)"));
}
