#include <cmath>

#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

Tensor numbers(Index T, Index hs, Index step) {
  Tensor p = Tensor::zeros({T, hs});
  for (Index j = 0; j < T * hs; ++j) p[j] = static_cast<Real>((j * step) % 13) / 6 - 1;
  return p;
}

}  // namespace

TEST_CASE("the node that ran is yours, and nothing else did the work") {
  Parameter q("q", numbers(3, 2, 5)), k("k", numbers(3, 2, 7)), v("v", numbers(3, 2, 3));
  Tape t({&q, &k, &v});
  const Var a = t.leaf(q), b = t.leaf(k), c = t.leaf(v);
  t.backward(sum(my_attention(a, b, c)));
  CHECK(only_exercise(t).forward_runs == 1);
  CHECK(only_exercise(t).backward_runs == 1);
  CHECK(ops(t) == "parameter parameter parameter my_attention sum");
}

TEST_CASE("it agrees with the library's causal_attention") {
  Parameter q("q", numbers(5, 4, 5)), k("k", numbers(5, 4, 7)), v("v", numbers(5, 4, 3));
  Tape mine({&q, &k, &v}), theirs({&q, &k, &v});
  mine.backward(sum(square(my_attention(mine.leaf(q), mine.leaf(k), mine.leaf(v)))));
  theirs.backward(sum(square(
      causal_attention(unsqueeze(theirs.leaf(q), 0), unsqueeze(theirs.leaf(k), 0), unsqueeze(theirs.leaf(v), 0), 1))));
  for (const Parameter* p : {&q, &k, &v})
    for (Index j = 0; j < 20; ++j) CHECK(mine.grad(*p)[j] == Approx(theirs.grad(*p)[j]).epsilon(1e-11).margin(1e-13));
}

TEST_CASE("one token: y is v, and q and k get zeros") {
  Parameter q("q", Tensor({1, 2}, {1, 2})), k("k", Tensor({1, 2}, {3, 4})), v("v", Tensor({1, 2}, {5, 6}));
  Tape t({&q, &k, &v});
  t.backward(sum(my_attention(t.leaf(q), t.leaf(k), t.leaf(v))));
  for (Index j = 0; j < 2; ++j) {
    CHECK(t.grad(q)[j] == 0);
    CHECK(t.grad(k)[j] == 0);
    CHECK(t.grad(v)[j] == 1);
  }
}

TEST_CASE("a later token changes no earlier result, and gets no gradient from it") {
  Parameter q("q", numbers(3, 2, 5)), k("k", numbers(3, 2, 7)), v("v", numbers(3, 2, 3));
  Tape t({&k, &v});
  Tensor G = Tensor::zeros({3, 2});
  G[2] = 1;  // of token 1
  t.backward(my_attention(t.leaf(q), t.leaf(k), t.leaf(v)), G);
  for (Index d = 0; d < 2; ++d) {
    CHECK(t.grad(k)[4 + d] == 0);
    CHECK(t.grad(v)[4 + d] == 0);
  }
}

TEST_CASE("one tensor as q, k and v: the three gradients add up") {
  Parameter x("x", numbers(3, 2, 5));
  REQUIRE_THAT(gradcheck(
                   [&](Tape& t) {
                     const Var a = t.leaf(x);
                     return my_attention(a, a, a);
                   },
                   {&x}),
               PassesGradcheck());
}
