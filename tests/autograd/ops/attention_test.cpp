#include "autograd/gradcheck/gradcheck.h"
#include "autograd/ops.h"
#include "tests/autograd/heavy.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

Op attention(int n_head) {
  return [n_head](std::span<const Var> x) { return causal_attention(x[0], x[1], x[2], n_head); };
}
Op packed_attention(int n_head) {
  return [n_head](std::span<const Var> x) { return causal_attention(x[0], n_head); };
}

// The same from plain ops: q (B, T, C) and k, v (B, U, C) -> heads (B, nh, T or U, hs)
//   -> softmax(q k^T / sqrt(hs) + mask) v -> (B, T, C).
Var composed(Var q, Var k, Var v, int n_head) {
  const Index B = q.shape()[0], T = q.shape()[1], U = k.shape()[1], C = q.shape()[2], hs = C / n_head;
  const auto heads = [&](Var x) { return permute(reshape(x, {B, x.shape()[1], n_head, hs}), {0, 2, 1, 3}); };
  Tensor mask = Tensor::zeros({T, U});
  for (Index t = 0; t < T; ++t)
    for (Index u = U - T + t + 1; u < U; ++u) mask.at({t, u}) = -std::numeric_limits<Real>::infinity();
  const Var scores = matmul(heads(q), transpose(heads(k))) / std::sqrt(static_cast<double>(hs));
  const Var patterns = softmax(scores + q.tape().constant(mask), -1);
  return reshape(permute(matmul(patterns, heads(v)), {0, 2, 1, 3}), {B, T, C});
}

}  // namespace

TEST_CASE("causal_attention: by hand") {
  Tape t;
  const Var q = t.constant(Tensor({1, 2, 1}, {5, std::log(3.0)})), k = t.constant(Tensor({1, 2, 1}, {0, 1}));
  const Var v = t.constant(Tensor({1, 2, 1}, {4, 8}));
  const Tensor y = causal_attention(q, k, v, 1).value();
  CHECK(y[0] == 4);              // the first position sees only itself
  CHECK(y[1] == Approx(4 + 3));  // the second weighs the two as exp(0) : exp(log 3) = 1 : 3
}

TEST_CASE("causal_attention: gradients, of separate and of packed q, k, v") {
  struct Sizes {
    Index B, T, C;
    int heads;
  };
  for (const auto [B, T, C, heads] : {Sizes{2, 3, 4, 2}, Sizes{1, 5, 3, 1}, Sizes{1, 2, 6, 3}, Sizes{2, 19, 2, 2}}) {
    INFO(Shape({B, T, C}).str() << " heads " << heads);
    Parameter q("q", random_tensor({B, T, C}, "q")), k("k", random_tensor({B, T, C}, "k")),
        v("v", random_tensor({B, T, C}, "v")), qkv("qkv", random_tensor({B, T, 3 * C}, "qkv"));
    const int n = heads;
    const Gradcheck apart =
        gradcheck([&](Tape& t) { return causal_attention(t.leaf(q), t.leaf(k), t.leaf(v), n); }, {&q, &k, &v});
    INFO(apart.report());
    CHECK(apart.passed);
    const Gradcheck packed = gradcheck([&](Tape& t) { return causal_attention(t.leaf(qkv), n); }, {&qkv});
    INFO(packed.report());
    CHECK(packed.passed);
  }
  Parameter x("x", random_tensor({2, 4, 6}, "x"));  // one tensor in all three places
  CHECK(gradcheck([&](Tape& t) { return causal_attention(t.leaf(x), t.leaf(x), t.leaf(x), 2); }, {&x}).passed);
}

TEST_CASE("causal_attention: queries at the last positions, the gradients") {
  struct Sizes {
    Index B, T, U, C;
    int heads;
  };
  for (const auto [B, T, U, C, heads] : {Sizes{2, 1, 4, 4, 2}, Sizes{1, 3, 5, 3, 1}, Sizes{2, 2, 19, 2, 2}}) {
    INFO(Shape({B, T, U, C}).str() << " heads " << heads);
    Parameter q("q", random_tensor({B, T, C}, "q")), k("k", random_tensor({B, U, C}, "k")),
        v("v", random_tensor({B, U, C}, "v"));
    const int n = heads;
    const Gradcheck check =
        gradcheck([&](Tape& t) { return causal_attention(t.leaf(q), t.leaf(k), t.leaf(v), n); }, {&q, &k, &v});
    INFO(check.report());
    CHECK(check.passed);
  }
}

TEST_CASE("causal_attention: queries at the last positions, in one block and in several") {
  const Op apart = [](std::span<const Var> x) { return composed(x[0], x[1], x[2], 2); };
  for (const auto& [T, U] : {std::pair<Index, Index>{1, 1}, {1, 70}, {5, 64}, {64, 65}, {70, 150}, {3, 130}}) {
    INFO("T " << T << ", U " << U);
    CHECK(difference(attention(2), apart, {{2, T, 10}, {2, U, 10}, {2, U, 10}}) < 1e-13);
  }
  CHECK(threads_agree(attention(2), {{9, 70, 10}, {9, 140, 10}, {9, 140, 10}}));
}

TEST_CASE("causal_attention over one position returns v, and q and k get no gradient") {
  Parameter qkv("qkv", random_tensor({2, 1, 6}, "qkv"));
  Tape t({&qkv});
  const Var y = causal_attention(t.leaf(qkv), 1);
  t.backward(y, Tensor({2, 1, 2}, {1, 2, 3, 4}));
  for (Index b = 0; b < 2; ++b)
    for (Index c = 0; c < 6; ++c) {
      if (c >= 4) CHECK(y.value()[b * 2 + c - 4] == qkv.value()[b * 6 + c]);
      CHECK(t.grad(qkv)[b * 6 + c] == Approx(c < 4 ? 0 : b * 2 + c - 3).margin(1e-15));
    }
}

TEST_CASE("causal_attention is its composition, in sequences of one block and of several") {
  for (const Index T : {7, 64, 65, 150}) {
    INFO("T " << T);
    const Op apart = [](std::span<const Var> x) { return composed(x[0], x[1], x[2], 2); };
    CHECK(difference(attention(2), apart, {{2, T, 10}, {2, T, 10}, {2, T, 10}}) < 1e-13);
    const Op packed = [](std::span<const Var> x) {
      return composed(slice(x[0], 2, 0, 10), slice(x[0], 2, 10, 20), slice(x[0], 2, 20, 30), 2);
    };
    CHECK(difference(packed_attention(2), packed, {{2, T, 30}}) < 1e-13);
  }
}

TEST_CASE("causal_attention: what comes later changes nothing") {
  Tensor x = random_tensor({1, 20, 12}, "x");
  Tape t;
  const Tensor before = causal_attention(t.constant(x), 2).value();
  for (Index i = 15 * 12; i < x.size(); ++i) x[i] = 1e6;
  const Tensor after = causal_attention(t.constant(x), 2).value();
  CHECK(std::equal(before.data(), before.data() + 15 * 4, after.data()));
  CHECK_FALSE(std::equal(before.data(), before.data() + 16 * 4, after.data()));
}

TEST_CASE("causal_attention: frozen inputs get nothing, the others what they would get") {
  const Shape s = {2, 6, 4};
  Parameter q("q", random_tensor(s, "q")), k("k", random_tensor(s, "k")), v("v", random_tensor(s, "v"));
  const auto gradient = [&](const Parameters& moving, const Parameter& of) {
    Tape t(moving);
    const Var y = causal_attention(t.leaf(q), t.leaf(k), t.leaf(v), 2);
    t.backward(y, random_tensor(s, "cotangent"));
    CHECK(t.counts().leaf_gradients == moving.size());
    return t.grad(of);
  };
  for (Parameter* p : {&q, &k, &v}) CHECK(same_bits(gradient({p}, *p), gradient({&q, &k, &v}, *p)));
}

TEST_CASE("causal_attention does not depend on the number of threads, nor a sequence on its batch") {
  CHECK(threads_agree(packed_attention(3), {{5, 70, 90}}));
  CHECK(threads_agree(attention(2), {{9, 33, 10}, {9, 33, 10}, {9, 33, 10}}));
  const Tensor x = random_tensor({3, 21, 30}, "x");
  Tensor last(Shape{1, 21, 30});
  std::copy_n(x.data() + 2 * last.size(), last.size(), last.data());
  Tape t;
  const Tensor all = causal_attention(t.constant(x), 2).value(), one = causal_attention(t.constant(last), 2).value();
  CHECK(std::equal(one.data(), one.data() + one.size(), all.data() + 2 * one.size()));
}

TEST_CASE("causal_attention: errors name what was expected") {
  Tape t;
  const auto zeros = [&](const Shape& s) { return t.constant(Tensor::zeros(s)); };
  using Catch::Matchers::StartsWith;
  CHECK_THROWS_WITH(
      causal_attention(zeros({1, 2, 4}), zeros({1, 2, 4}), zeros({1, 3, 4}), 2),
      StartsWith(
          "causal_attention: expected q (B, T, C), and k and v (B, U, C) with U at least T, got (1, 2, 4), (1, 2, 4) and (1, 3, 4), at attention_test.cpp:"));
  for (const Shape& keys : {Shape{1, 1, 4}, Shape{2, 2, 4}, Shape{1, 2, 6}, Shape{2, 4}})
    CHECK_THROWS_WITH(causal_attention(zeros({1, 2, 4}), zeros(keys), zeros(keys), 2),
                      Catch::Matchers::Contains("got (1, 2, 4), " + keys.str() + " and " + keys.str()));
  CHECK_THROWS_WITH(causal_attention(zeros({1, 2, 4}), 2),
                    StartsWith("causal_attention: expected qkv (B, T, 3 C), got (1, 2, 4)"));
  CHECK_THROWS_WITH(causal_attention(zeros({1, 2, 12}), 3),
                    StartsWith("causal_attention: expected n_head to divide the width C = 4, got n_head 3"));
  CHECK_THROWS_WITH(causal_attention(zeros({1, 2, 12}), 0), Catch::Matchers::Contains("got n_head 0"));
}
