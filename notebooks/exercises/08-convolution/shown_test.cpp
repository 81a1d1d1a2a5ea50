// What you can check by hand, and then all elements against finite differences.
#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

void check_all(const Tensor& got, std::initializer_list<Real> expected) {
  Index j = 0;
  for (const Real e : expected) {
    INFO("element " << j);
    CHECK(got[j] == e);
    ++j;
  }
}

}  // namespace

TEST_CASE("forward, worked by hand: y = (37 47, 67 77)") {
  Parameter x("x", Tensor({1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})), w("w", Tensor({1, 1, 2, 2}, {1, 2, 3, 4}));
  Tape t;
  INFO("y_00 = 1 * 1 + 2 * 2 + 4 * 3 + 5 * 4 = 37");
  check_all(my_conv(t.leaf(x), t.leaf(w)).value(), {37, 47, 67, 77});
}

TEST_CASE("dL/dw, worked by hand, G all ones") {
  Parameter x("x", Tensor({1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})), w("w", Tensor({1, 1, 2, 2}, {1, 2, 3, 4}));
  Tape t({&w});
  t.backward(sum(my_conv(t.leaf(x), t.leaf(w))));
  INFO(
      "the kernel's first number meets 1, 2, 4 and 5, one after the other: 1 + 2 + 4 + 5 = 12; its last 5 + 6 + 8 + 9 = 28");
  check_all(t.grad(w), {12, 16, 24, 28});
}

TEST_CASE("dL/dx, worked by hand, G all ones") {
  Parameter x("x", Tensor({1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})), w("w", Tensor({1, 1, 2, 2}, {1, 2, 3, 4}));
  Tape t({&x});
  t.backward(sum(my_conv(t.leaf(x), t.leaf(w))));
  INFO(
      "a corner is met by one number of the kernel, the upper left one by w_00 = 1, the lower right one by w_11 = 4; the middle by all four");
  check_all(t.grad(x), {1, 3, 2, 4, 10, 6, 3, 7, 4});
}

TEST_CASE("dL/dx, worked by hand, G = (1 0, 0 10)") {
  Parameter x("x", Tensor({1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})), w("w", Tensor({1, 1, 2, 2}, {1, 2, 3, 4}));
  Tape t({&x});
  t.backward(my_conv(t.leaf(x), t.leaf(w)), Tensor({1, 2, 2}, {1, 0, 0, 10}));
  INFO(
      "the kernel itself, laid on the upper left, plus 10 times the kernel, laid on the lower right: not turned around");
  check_all(t.grad(x), {1, 2, 0, 3, 14, 20, 0, 30, 40});
}

TEST_CASE("the gradient check, 2 channels to 3, kernels 2 x 3 on 4 x 5") {
  Parameter x("x", Tensor::zeros({2, 4, 5})), w("w", Tensor::zeros({3, 2, 2, 3}));
  for (Index j = 0; j < 40; ++j) x.mutable_value()[j] = static_cast<Real>((j * 7) % 11) / 5 - 1;
  for (Index j = 0; j < 36; ++j) w.mutable_value()[j] = static_cast<Real>((j * 5) % 13) / 6 - 1;
  REQUIRE_THAT(gradcheck([&](Tape& t) { return my_conv(t.leaf(x), t.leaf(w)); }, {&x, &w}), PassesGradcheck());
}
