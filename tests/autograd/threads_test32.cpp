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

// With as many values as make every loop and sum use several threads.
TEST_CASE("elementwise ops, sums, losses and lookups do not depend on the number of threads") {
  const Shape large{40, 30, 50};
  CHECK(threads_agree(
      [](std::span<const Var> x) { return (x[0] + x[1]) * x[1] / (square(x[0]) + 1) - maximum(x[0], x[1]); },
      {large, {30, 1}}));
  CHECK(threads_agree([](std::span<const Var> x) { return tanh(x[0]) + sigmoid(x[0]) * relu(x[0]) + exp(-abs(x[0])); },
                      {large}));
  CHECK(
      threads_agree([](std::span<const Var> x) { return gelu(x[0]) + gelu_tanh(x[0]) + clamp(x[0], -1, 1); }, {large}));
  for (const Axes& axes : {Axes{}, Axes{0}, Axes{1}, Axes{2}}) {
    CHECK(threads_agree([&](std::span<const Var> x) { return sum(x[0], axes); }, {large}));
    CHECK(threads_agree([&](std::span<const Var> x) { return mean(x[0], axes); }, {large}));
    CHECK(threads_agree([&](std::span<const Var> x) { return max(x[0], axes); }, {large}));
  }
  for (const int axis : {0, 1, 2}) {
    CHECK(threads_agree([&](std::span<const Var> x) { return softmax(x[0], axis); }, {large}));
    CHECK(threads_agree([&](std::span<const Var> x) { return log_softmax(x[0], axis); }, {large}));
    CHECK(threads_agree([&](std::span<const Var> x) { return logsumexp(x[0], axis); }, {large}));
  }
  CHECK(threads_agree(
      [](std::span<const Var> x) {
        return permute(concat({x[0], transpose(x[1])}, 2), {2, 0, 1});
      },
      {large, {40, 20, 30}}));
  std::vector<Index> ids;
  for (Index i = 0; i < 6000; ++i) ids.push_back(i * i % 40);
  CHECK(threads_agree([&](std::span<const Var> x) { return embedding(x[0], {{60, 100}, ids}); }, {{40, 50}}));
  CHECK(threads_agree([&](std::span<const Var> x) { return cross_entropy(x[0], ids); }, {{6000, 40}}));
  CHECK(threads_agree([](std::span<const Var> x) { return mse_loss(x[0], x[1]); }, {large, large}));
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
