// What you can check by hand, and then all elements against finite differences.
#include <cmath>

#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("two equal logits: the loss is ln 2") {
  Tape t;
  INFO("both classes have probability 1/2, and -log(1/2) = ln 2");
  CHECK(my_cross_entropy(t.constant(Tensor({1, 2}, {3, 3})), {0}).item() == Approx(0.6931471805599453).epsilon(1e-15));
}

TEST_CASE("two rows (1, 2, 3), targets 2 and 0: the loss is the mean of both") {
  // log(e + e^2 + e^3) = 3.407605964444380, so the rows have 3.4076 - 3 = 0.4076 and 3.4076 - 1 = 2.4076
  Tape t;
  INFO("(0.407605964 + 2.407605964) / 2");
  CHECK(my_cross_entropy(t.constant(Tensor({2, 3}, {1, 2, 3, 1, 2, 3})), {2, 0}).item() ==
        Approx(1.4076059644443804).epsilon(1e-14));
}

TEST_CASE("logits of 1000: no infinity") {
  Tape t;
  INFO("exp(1000) is infinite. Take the largest logit out first: log(e^1000 + e^999) = 1000 + log(1 + e^-1)");
  CHECK(my_cross_entropy(t.constant(Tensor({1, 2}, {1000, 999})), {0}).item() ==
        Approx(0.31326168751822286).epsilon(1e-12));
}

TEST_CASE("the gradient of two rows (1, 2, 3), targets 2 and 0") {
  // softmax(1, 2, 3) = (0.09003057, 0.24472847, 0.66524096). Row 0: (0.0900, 0.2447, 0.6652 - 1) / 2. Row 1: (0.0900 - 1, 0.2447, 0.6652) / 2.
  Parameter x("x", Tensor({2, 3}, {1, 2, 3, 1, 2, 3}));
  Tape t({&x});
  t.backward(my_cross_entropy(t.leaf(x), {2, 0}));
  const Tensor expected({0.045015286585190, 0.122364235527740, -0.167379522112930, -0.454984713414810,
                         0.122364235527740, 0.332620477887070});
  INFO(
      "probability minus 1 where the target is, probability elsewhere, and all of it divided by the number of rows, 2");
  for (Index j = 0; j < 6; ++j) {
    INFO("element " << j);
    CHECK(t.grad(x)[j] == Approx(expected[j]).epsilon(1e-10));
  }
}

TEST_CASE("the gradient check, 3 rows of 4") {
  Parameter x("x", Tensor({3, 4}, {1, -2, 0.5, 3, -1, 0.25, 2, 0.1, -0.7, 1.3, 0.6, -1.9}));
  REQUIRE_THAT(gradcheck([&](Tape& t) { return my_cross_entropy(t.leaf(x), {1, 3, 0}); }, {&x}), PassesGradcheck());
}
