#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the node that ran is yours, and nothing else did the work") {
  Parameter x("x", Tensor({1, 2}, {1, 2})), w("w", Tensor({2, 3})), b("b", Tensor({0, 1}));
  Tape t({&x, &w, &b});
  const Var in = t.leaf(x), scale = t.leaf(w), shift = t.leaf(b);
  t.backward(sum(my_layer_norm(in, scale, shift)));
  CHECK(only_exercise(t).forward_runs == 1);
  CHECK(only_exercise(t).backward_runs == 1);
  CHECK(ops(t) == "parameter parameter parameter my_layer_norm sum");
}

// x, w, b as here, in double: y = torch.nn.functional.layer_norm(x, (4,), w, b, 1e-5); (y * G).sum().backward()
TEST_CASE("golden values and gradients, by PyTorch") {
  Parameter x("x", Tensor({2, 4}, {1, -2, 0.5, 3, -1, 0.25, 2, 0.1}));
  Parameter w("w", Tensor({0.7, 1.3, -0.6, 1.9})), b("b", Tensor({0.1, -0.2, 0.3, 0.4}));
  Tape t({&x, &w, &b});
  const Var y = my_layer_norm(t.leaf(x), t.leaf(w), t.leaf(b));
  t.backward(y, Tensor({2, 4}, {1, 2, 3, 4, -1, 0.5, 2, -3}));
  const Tensor value({0.24739087299204596, -2.1160813488965977, 0.3421116779977274, 2.933719292863266,
                      -0.7714568477568552, -0.30587793477419734, -0.6284680434045001, -0.020021257730607023});
  const Tensor dx({-1.078722173334699, 1.5431224856671153, -2.2232755260823818, 1.7588752137499655, 1.029909591960238,
                   2.226473774144326, 0.4204902133295376, -3.676873579434101});
  const Tensor dw({1.455496743927002, -2.9885397424463798, 2.884335088026363, 5.997337339286782});
  for (Index j = 0; j < 8; ++j) CHECK(y.value()[j] == Approx(value[j]).epsilon(1e-12));
  for (Index j = 0; j < 8; ++j) CHECK(t.grad(x)[j] == Approx(dx[j]).epsilon(1e-11));
  for (Index j = 0; j < 4; ++j) CHECK(t.grad(w)[j] == Approx(dw[j]).epsilon(1e-12));
}

TEST_CASE("it agrees with the library's layer_norm") {
  Parameter x("x", Tensor({3, 4}, {1, -2, 0.5, 3, -1, 0.25, 2, 0.1, 50, -0.7, 1.3, 0.6}));
  Parameter w("w", Tensor({0.7, 1.3, -0.6, 1.9})), b("b", Tensor({0.1, -0.2, 0.3, 0.4}));
  Tape mine({&x, &w, &b}), theirs({&x, &w, &b});
  mine.backward(sum(square(my_layer_norm(mine.leaf(x), mine.leaf(w), mine.leaf(b)))));
  theirs.backward(sum(square(layer_norm(theirs.leaf(x), theirs.leaf(w), theirs.leaf(b)))));
  for (const Parameter* p : {&x, &w, &b})
    for (Index j = 0; j < p->value().size(); ++j)
      CHECK(mine.grad(*p)[j] == Approx(theirs.grad(*p)[j]).epsilon(1e-9).margin(1e-12));
}

TEST_CASE("rows of equal numbers, one row, used twice") {
  Parameter x("x", Tensor({1, 3}, {2, 2.5, 1})), w("w", Tensor({0.7, 1.3, -0.6})), b("b", Tensor({0.1, -0.2, 0.3}));
  REQUIRE_THAT(gradcheck(
                   [&](Tape& t) {
                     const Var scale = tanh(t.leaf(w));
                     return my_layer_norm(my_layer_norm(t.leaf(x), scale, t.leaf(b)), scale, t.leaf(b));
                   },
                   {&x, &w, &b}),
               PassesGradcheck());
}

TEST_CASE("frozen inputs get no gradient") {
  Parameter x("x", Tensor({1, 2}, {1, 2})), w("w", Tensor({2, 3})), b("b", Tensor({0, 1}));
  Tape t({&b});
  const Var in = t.leaf(x), scale = t.leaf(w), shift = t.leaf(b);
  t.backward(sum(my_layer_norm(in, scale, shift)));
  CHECK_FALSE(in.node().has_grad);
  CHECK_FALSE(scale.node().has_grad);
  CHECK(t.grad(b)[0] == 1);
}
