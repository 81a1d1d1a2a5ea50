#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the node that ran is yours, once forward and once backward") {
  Parameter x("x", Tensor({1, 2, 2}, {1, 2, 3, 4})), w("w", Tensor({1, 1, 1, 1}, {3}));
  Tape t({&x, &w});
  const Var image = t.leaf(x), kernel = t.leaf(w);
  t.backward(sum(my_conv(image, kernel)));
  CHECK(only_exercise(t).forward_runs == 1);
  CHECK(only_exercise(t).backward_runs == 1);
  CHECK(ops(t) == "parameter parameter my_conv sum");
}

TEST_CASE("a kernel as large as the image, a row, a column") {
  struct Sizes {
    Index H, W, R, S;
  };
  for (const auto& [H, W, R, S] : {Sizes{3, 2, 3, 2}, {1, 4, 1, 2}, {5, 1, 3, 1}, {2, 2, 1, 1}}) {
    Parameter x("x", Tensor::zeros({2, H, W})), w("w", Tensor::zeros({1, 2, R, S}));
    for (Index j = 0; j < x.value().size(); ++j) x.mutable_value()[j] = static_cast<Real>((j * 7) % 11) / 5 - 1;
    for (Index j = 0; j < w.value().size(); ++j) w.mutable_value()[j] = static_cast<Real>((j * 5) % 13) / 6 - 1;
    INFO("image " << H << " x " << W << ", kernel " << R << " x " << S);
    CHECK_THAT(gradcheck([&](Tape& t) { return my_conv(t.leaf(x), t.leaf(w)); }, {&x, &w}), PassesGradcheck());
  }
}

TEST_CASE("it agrees with the library's conv2d") {
  Parameter x("x", Tensor::zeros({2, 6, 5})), w("w", Tensor::zeros({3, 2, 3, 3}));
  for (Index j = 0; j < 60; ++j) x.mutable_value()[j] = static_cast<Real>((j * 7) % 11) / 5 - 1;
  for (Index j = 0; j < 54; ++j) w.mutable_value()[j] = static_cast<Real>((j * 5) % 13) / 6 - 1;
  Tape mine({&x, &w}), theirs({&x, &w});
  mine.backward(sum(square(my_conv(mine.leaf(x), mine.leaf(w)))));
  theirs.backward(sum(square(conv2d(unsqueeze(theirs.leaf(x), 0), theirs.leaf(w)))));
  for (const Parameter* p : {&x, &w})
    for (Index j = 0; j < p->value().size(); ++j)
      CHECK(mine.grad(*p)[j] == Approx(theirs.grad(*p)[j]).epsilon(1e-12).margin(1e-12));
}

TEST_CASE("the kernel used twice, the image frozen") {
  Parameter x("x", Tensor({1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})), w("w", Tensor({1, 1, 2, 2}, {0.1, 0.2, -0.3, 0.4}));
  REQUIRE_THAT(gradcheck(
                   [&](Tape& t) {
                     const Var kernel = t.leaf(w);
                     return my_conv(my_conv(t.leaf(x), kernel), kernel);
                   },
                   {&x, &w}),
               PassesGradcheck());
  Tape t({&w});
  const Var image = t.leaf(x), kernel = t.leaf(w);
  t.backward(sum(my_conv(image, kernel)));
  CHECK_FALSE(image.node().has_grad);
}
