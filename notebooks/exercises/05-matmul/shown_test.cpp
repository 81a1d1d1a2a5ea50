// What you can check by hand, and then all elements against finite differences.
#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

// A = (1 2 3, 4 5 6), B = (1 2, 3 4, 5 6), and G = (1 2, 3 4)
struct Worked {
  Parameter A{"A", Tensor({2, 3}, {1, 2, 3, 4, 5, 6})}, B{"B", Tensor({3, 2}, {1, 2, 3, 4, 5, 6})};
  Tape t{{&A, &B}};
  Var C;
  Worked() {
    const Var a = t.leaf(A), b = t.leaf(B);
    C = my_matmul(a, b);
    t.backward(C, Tensor({2, 2}, {1, 2, 3, 4}));
  }
};

void check_all(const Tensor& got, std::initializer_list<Real> expected) {
  Index j = 0;
  for (const Real x : expected) {
    INFO("element " << j);
    CHECK(got[j] == x);
    ++j;
  }
}

}  // namespace

TEST_CASE("forward: C = (22 28, 49 64)") {
  check_all(Worked().C.value(), {22, 28, 49, 64});
}

TEST_CASE("dL/dA, worked by hand") {
  Worked w;
  INFO(
      "A_00 stands in C_00 with B_00 = 1 and in C_01 with B_01 = 2: dL/dA_00 = G_00 * 1 + G_01 * 2 = 1 * 1 + 2 * 2 = 5");
  INFO("A_12 stands in C_10 with B_20 = 5 and in C_11 with B_21 = 6: dL/dA_12 = 3 * 5 + 4 * 6 = 39");
  check_all(w.t.grad(w.A), {5, 11, 17, 11, 25, 39});
}

TEST_CASE("dL/dB, worked by hand") {
  Worked w;
  INFO(
      "B_00 stands in C_00 with A_00 = 1 and in C_10 with A_10 = 4: dL/dB_00 = 1 * G_00 + 4 * G_10 = 1 * 1 + 4 * 3 = 13");
  INFO("B_21 stands in C_01 with A_02 = 3 and in C_11 with A_12 = 6: dL/dB_21 = 3 * 2 + 6 * 4 = 30");
  check_all(w.t.grad(w.B), {13, 18, 17, 24, 21, 30});
}

TEST_CASE("the gradient check, (2, 3) times (3, 4)") {
  Parameter A("A", Tensor({2, 3}, {1, -2, 0.5, 3, -1, 0.25}));
  Parameter B("B", Tensor({3, 4}, {0.3, 1.5, -1, 2, 0.75, -0.5, 1.1, -0.2, 0.9, -1.3, 0.4, 0.6}));
  REQUIRE_THAT(gradcheck([&](Tape& t) { return my_matmul(t.leaf(A), t.leaf(B)); }, {&A, &B}), PassesGradcheck());
}
