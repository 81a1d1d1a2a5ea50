// Your check is checked: it is run on right ops and on wrong ones.
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

// y = x^3 with a factor in its derivative that should be 3.
template <int factor>
struct Cube final : Node {
  const char* op() const override { return "cube"; }
  const char* formula() const override { return "y = x^3"; }
  const char* derivative() const override { return "dL/dx = 3 G x^2"; }
  void forward() override {
    for (Index j = 0; j < value.size(); ++j) value[j] = in(0)[j] * in(0)[j] * in(0)[j];
  }
  void backward() override {
    accumulate(0, [&](Index j) { return factor * grad[j] * in(0)[j] * in(0)[j]; });
  }
};

// Softmax of all elements, whose backward gives zeros.
struct ZeroSoftmax final : Node {
  const char* op() const override { return "softmax"; }
  const char* formula() const override { return "y = softmax(x)"; }
  const char* derivative() const override { return "dL/dx = y (G - sum(G y))"; }
  void forward() override {
    Real sum = 0;
    for (Index j = 0; j < value.size(); ++j) sum += value[j] = std::exp(in(0)[j]);
    for (Index j = 0; j < value.size(); ++j) value[j] /= sum;
  }
  void backward() override {
    accumulate(0, [&](Index) { return Real(0); });
  }
};

}  // namespace

TEST_CASE("right: x^3, softmax, a product of matrices") {
  Parameter x("x", Tensor({2, 3}, {1, -2, 0.5, 3, -1, 0.25})), w("w", Tensor({3, 2}, {0.3, 1.5, -1, 2, 0.75, -0.5}));
  CHECK(my_gradcheck([&](Tape& t) { return unary<Cube<3>>("cube", t.leaf(x)); }, {&x}));
  INFO(
      "softmax is called wrong? A one-sided difference is too coarse; and the sum of a softmax is always 1, so c must be random");
  CHECK(my_gradcheck([&](Tape& t) { return softmax(t.leaf(x)); }, {&x}));
  CHECK(my_gradcheck([&](Tape& t) { return matmul(t.leaf(x), t.leaf(w)); }, {&x, &w}));
}

TEST_CASE("wrong: a missing factor, a wrong sign") {
  Parameter x("x", Tensor({2, 3}, {1, -2, 0.5, 3, -1, 0.25}));
  INFO("x^3 with the derivative x^2, and with -3 x^2");
  CHECK_FALSE(my_gradcheck([&](Tape& t) { return unary<Cube<1>>("cube", t.leaf(x)); }, {&x}));
  CHECK_FALSE(my_gradcheck([&](Tape& t) { return unary<Cube<-3>>("cube", t.leaf(x)); }, {&x}));
}

TEST_CASE("wrong: a softmax whose gradient is all zeros") {
  Parameter x("x", Tensor({1, -2, 0.5}));
  INFO(
      "the sum of a softmax is always 1, so with c = (1, 1, 1) its true gradient is zero, and zeros pass: c must be random");
  CHECK_FALSE(my_gradcheck([&](Tape& t) { return unary<ZeroSoftmax>("softmax", t.leaf(x)); }, {&x}));
}

TEST_CASE("wrong: a missing factor where all gradients are tiny") {
  Parameter x("x", Tensor({1e-4, -2e-4, 5e-5}));
  INFO("the gradients are about 1e-8. A tolerance of 1e-6 that is not relative to them calls anything right");
  CHECK_FALSE(my_gradcheck([&](Tape& t) { return unary<Cube<1>>("cube", t.leaf(x)); }, {&x}));
}

TEST_CASE("the parameters are as they were") {
  Parameter x("x", Tensor({1, -2, 0.5}));
  my_gradcheck([&](Tape& t) { return square(t.leaf(x)); }, {&x});
  INFO("put the value back after each difference: x + h - h is not always x");
  CHECK(x.value()[0] == 1);
  CHECK(x.value()[1] == -2);
  CHECK(x.value()[2] == 0.5);
}
