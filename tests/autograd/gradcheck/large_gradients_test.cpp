// Gradient checks where the work is cut up: into blocks of rows, bands of columns, chunks of a sum, groups of images.
// Three directions for each argument instead of every element, which would take long.
#include <utility>

#include "tests/autograd/check.h"

using namespace gradus;

namespace {

template <class Function>
void require_slopes(Function f, const Parameters& parameters) {
  GradcheckOptions options;
  options.directions = 3;
  const Gradcheck check = gradcheck(f, parameters, options);
  INFO(check.report());
  REQUIRE(check.passed);
}

}  // namespace

TEST_CASE("large gradients: attention over several blocks of positions") {
  Parameter qkv("qkv", random_tensor({2, 131, 6}, 1)), q("q", random_tensor({1, 65, 2}, 2)),
      k("k", random_tensor({1, 65, 2}, 3)), v("v", random_tensor({1, 65, 2}, 4));
  require_slopes([&](Tape& t) { return causal_attention(t.leaf(qkv), 2); }, {&qkv});
  require_slopes([&](Tape& t) { return causal_attention(t.leaf(q), t.leaf(k), t.leaf(v), 1); }, {&q, &k, &v});
}

TEST_CASE("large gradients: attention over several blocks of positions, of which the queries stand at the last") {
  for (const auto& [T, U] : {std::pair<Index, Index>{70, 150}, {66, 67}}) {
    INFO("T " << T << ", U " << U);
    Parameter q("q", random_tensor({1, T, 2}, 1)), k("k", random_tensor({1, U, 2}, 2)),
        v("v", random_tensor({1, U, 2}, 3));
    require_slopes([&](Tape& t) { return causal_attention(t.leaf(q), t.leaf(k), t.leaf(v), 1); }, {&q, &k, &v});
  }
}

TEST_CASE("large gradients: attention in more heads than there are groups") {
  Parameter qkv("qkv", random_tensor({5, 3, 24}, 1));
  require_slopes([&](Tape& t) { return causal_attention(t.leaf(qkv), 4); }, {&qkv});
}

TEST_CASE("large gradients: a table of several blocks of rows") {
  Parameter w("w", random_tensor({150, 128}, 1));
  const IndexTensor ids{{2, 4}, {0, 63, 64, 149, 64, 128, 127, 0}};
  require_slopes([&](Tape& t) { return embedding(t.leaf(w), ids); }, {&w});
}

TEST_CASE("large gradients: sums over more rows than a chunk, and more columns than a band") {
  Parameter x("x", random_tensor({300, 3}, 1)), w("w", random_tensor({3, 65}, 2)), b("b", random_tensor({65}, 3));
  require_slopes([&](Tape& t) { return conv1d_1x1(t.leaf(x), t.leaf(w), t.leaf(b)); }, {&x, &w, &b});
  Parameter y("y", random_tensor({300, 3}, 4)), scale("scale", random_tensor({3}, 5)),
      shift("shift", random_tensor({3}, 6));
  require_slopes([&](Tape& t) { return layer_norm(t.leaf(y), t.leaf(scale), t.leaf(shift)); }, {&y, &scale, &shift});
}

TEST_CASE("large gradients: a convolution of more images than groups, of several bands and of several parts") {
  Parameter x("x", random_tensor({20, 2, 3, 3}, 1)), w("w", random_tensor({3, 2, 2, 2}, 2)),
      b("b", random_tensor({3}, 3));
  require_slopes([&](Tape& t) { return conv2d(t.leaf(x), t.leaf(w), t.leaf(b)); }, {&x, &w, &b});
  Parameter wide("wide", random_tensor({1, 2, 9, 60}, 4));
  require_slopes([&](Tape& t) { return conv2d(t.leaf(wide), t.leaf(w), t.leaf(b), 1, 1); }, {&wide, &w, &b});
  Parameter deep("deep", random_tensor({2, 45, 4, 3}, 5)), many("many", random_tensor({2, 45, 3, 3}, 6)),
      two("two", random_tensor({2}, 7));
  require_slopes([&](Tape& t) { return conv2d(t.leaf(deep), t.leaf(many), t.leaf(two), 2, 1); }, {&deep, &many, &two});
}

TEST_CASE("large gradients: activations, losses and rows in several blocks") {
  Parameter x("x", random_tensor({3, 4100}, 1)), row("row", random_tensor({1, 16500}, 2)),
      one("one", random_tensor({1}, 3));
  require_slopes([&](Tape& t) { return gelu_tanh(t.leaf(row)); }, {&row});
  require_slopes([&](Tape& t) { return softmax(t.leaf(x)); }, {&x});
  require_slopes([&](Tape& t) { return log_softmax(t.leaf(x)); }, {&x});
  require_slopes([&](Tape& t) { return logsumexp(t.leaf(x)); }, {&x});
  require_slopes([&](Tape& t) { return cross_entropy(t.leaf(x), std::vector<Index>{4099, ignore_index, 7}); }, {&x});
  require_slopes([&](Tape& t) { return t.leaf(row) * t.leaf(one); }, {&row, &one});
}

TEST_CASE("large gradients: the largest of many values, which stands out") {
  Tensor values = random_tensor({1, 40000}, 1);
  values[12345] = 10;
  Parameter x("x", values);
  require_slopes([&](Tape& t) { return max(t.leaf(x)); }, {&x});
}
