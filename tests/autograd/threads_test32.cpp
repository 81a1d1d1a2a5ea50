// In float, where rounding shows most: no large op depends on the number of threads, forward and backward, bit for bit.
#include "autograd/ops.h"
#include "tests/autograd/heavy.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("large ops do not depend on the number of threads") {
  CHECK(threads_agree([](std::span<const Var> x) { return matmul(x[0], x[1]); }, {{7, 1, 33, 40}, {1, 5, 40, 65}}));
  CHECK(
      threads_agree([](std::span<const Var> x) { return linear(x[0], x[1], x[2]); }, {{5, 77, 65}, {131, 65}, {131}}));
  CHECK(threads_agree([](std::span<const Var> x) { return conv1d_1x1(x[0], x[1], x[2]); },
                      {{300, 65}, {65, 131}, {131}}));
  CHECK(threads_agree([](std::span<const Var> x) { return conv2d(x[0], x[1], x[2], 1, 2); },
                      {{19, 3, 14, 15}, {8, 3, 5, 5}, {8}}));
  CHECK(threads_agree([](std::span<const Var> x) { return conv2d(x[0], x[1], x[2], 2, 1); },
                      {{5, 16, 21, 20}, {6, 16, 3, 3}, {6}}));
  CHECK(threads_agree([](std::span<const Var> x) { return max_pool2d(x[0], 2); }, {{5, 7, 28, 28}}));
  CHECK(threads_agree([](std::span<const Var> x) { return avg_pool2d(x[0], 3); }, {{5, 7, 50, 50}}));
  CHECK(threads_agree([](std::span<const Var> x) { return layer_norm(x[0], x[1], x[2]); }, {{311, 65}, {65}, {65}}));
  CHECK(threads_agree([](std::span<const Var> x) { return causal_attention(x[0], 3); }, {{5, 70, 90}}));
}

TEST_CASE("sequences, rows and images do not depend on their batch") {
  // The last of several, and the same one alone: equal bits.
  const auto alone = [](const Op& f, std::vector<Shape> shapes) {
    Tape t;
    std::vector<Var> x;
    for (const Shape& s : shapes) x.push_back(t.constant(random_tensor(s, s.str())));
    const Tensor all = f(x).value();
    const Shape one_shape = shapes[0].with(0, 1);
    Tensor last(one_shape);
    std::copy_n(x[0].value().data() + x[0].value().size() - last.size(), last.size(), last.data());
    x[0] = t.constant(last);
    const Tensor one = f(x).value();
    return std::equal(one.data(), one.data() + one.size(), all.data() + all.size() - one.size());
  };
  CHECK(alone([](std::span<const Var> x) { return linear(x[0], x[1], x[2]); }, {{5, 7, 65}, {31, 65}, {31}}));
  CHECK(alone([](std::span<const Var> x) { return conv2d(x[0], x[1], x[2], 1, 2); },
              {{5, 3, 14, 15}, {7, 3, 5, 5}, {7}}));
  CHECK(alone([](std::span<const Var> x) { return layer_norm(x[0], x[1], x[2]); }, {{7, 3, 65}, {65}, {65}}));
  CHECK(alone([](std::span<const Var> x) { return causal_attention(x[0], 3); }, {{5, 21, 27}}));
}
