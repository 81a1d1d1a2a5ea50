#include <cmath>

#include "tests/autograd/check.h"

using namespace gradus;

TEST_CASE("cross_entropy: value and gradient by hand") {
  Parameter x("x", Tensor({2, 2}, {0, std::log(3.0), 7, 7}));  // softmax 1/4 3/4 and 1/2 1/2
  Tape t({&x});
  const Index targets[] = {0, 1};
  const Var loss = cross_entropy(t.leaf(x), targets);
  REQUIRE(loss.shape().rank() == 0);
  REQUIRE(loss.item() == Approx((std::log(4.0) + std::log(2.0)) / 2).epsilon(1e-15));
  t.backward(loss);
  REQUIRE(t.grad(x).str() == "(2, 2) [-0.375, 0.375, 0.25, -0.25]");
}

TEST_CASE("cross_entropy leaves out the rows of ignore_index, also from the mean") {
  Parameter x("x", random_tensor({3, 4}, 1));
  Tape t({&x});
  const Index targets[] = {2, ignore_index, 0};
  const Var loss = cross_entropy(t.leaf(x), targets);
  const Index first[] = {2}, third[] = {0};
  const Var v = t.leaf(x);
  REQUIRE(loss.item() ==
          Approx((cross_entropy(slice(v, 0, 0, 1), first).item() + cross_entropy(slice(v, 0, 2, 3), third).item()) / 2)
              .epsilon(1e-14));
  t.backward(loss);
  for (Index i = 4; i < 8; ++i) REQUIRE(t.grad(x)[i] == 0);
  REQUIRE(t.grad(x)[2] < 0);
}

TEST_CASE("gradients of cross_entropy") {
  Parameter x("x", random_tensor({2, 3, 5}, 1)), row("row", random_tensor({4}, 2));
  const Index targets[] = {0, 4, 2, 2, 1, 3}, some[] = {0, ignore_index, 2, ignore_index, 1, 3}, one[] = {2};
  require_gradient([&](Tape& t) { return cross_entropy(t.leaf(x), targets); }, {&x});
  require_gradient([&](Tape& t) { return cross_entropy(t.leaf(x), some) * 3; }, {&x});
  require_gradient([&](Tape& t) { return cross_entropy(t.leaf(x), some) + mean(t.leaf(x)); }, {&x});
  require_gradient([&](Tape& t) { return mean(t.leaf(x)) + cross_entropy(t.leaf(x), some); }, {&x});
  require_gradient([&](Tape& t) { return cross_entropy(t.leaf(row), one); }, {&row});
}

TEST_CASE("cross_entropy agrees with log_softmax, gather and mean") {
  Parameter x("x", random_tensor({300, 65}, 1, -5, 5));
  std::vector<Index> targets;
  Random random(1, "targets");
  for (int r = 0; r < 300; ++r) targets.push_back(random.below(65));
  Tape fused({&x}), plain({&x});
  const Var a = cross_entropy(fused.leaf(x), targets);
  const Var b = -mean(gather(log_softmax(plain.leaf(x)), 1, {{300, 1}, targets}));
  fused.backward(a);
  plain.backward(b);
  REQUIRE(a.item() == Approx(b.item()).epsilon(1e-14));
  REQUIRE(largest_difference(fused.grad(x), plain.grad(x)) < 1e-16);
}

TEST_CASE("cross_entropy has the same bits on any number of threads") {
  Parameter x("x", random_tensor({500, 65}, 1));
  const std::vector<Index> targets(500, 3);
  Tape alone({&x}, 1), shared({&x}, 3);
  const Var a = cross_entropy(alone.leaf(x), targets), b = cross_entropy(shared.leaf(x), targets);
  alone.backward(a);
  shared.backward(b);
  REQUIRE(same_bits(a.value(), b.value()));
  REQUIRE(same_bits(alone.grad(x), shared.grad(x)));
}

TEST_CASE("mse_loss: value, gradient, frozen target") {
  Parameter x("x", Tensor({2, 3}, {1, 2, 3, 4, 5, 6})), y("y", Tensor({2, 3}, {1, 0, 3, 4, 5, 2}));
  Tape t({&x});
  const Var loss = mse_loss(t.leaf(x), t.leaf(y));
  REQUIRE(loss.item() == Approx(20.0 / 6));
  t.backward(loss * 3);
  REQUIRE(t.grad(x).str() == "(2, 3) [0, 2, 0, 0, 0, 4]");
  REQUIRE_FALSE(t.has_grad(y));
  Parameter a("a", random_tensor({2, 3}, 1)), b("b", random_tensor({2, 3}, 2));
  require_gradient([&](Tape& tape) { return mse_loss(tape.leaf(a), tape.leaf(b)); }, {&a, &b});
  REQUIRE(std::isnan(mse_loss(t.constant(Tensor(Shape{0})), t.constant(Tensor(Shape{0}))).item()));
  REQUIRE(mse_loss(t.constant(3), 1).item() == 4);
}

TEST_CASE("errors of the losses") {
  Tape t;
  const Var x = t.constant(Tensor::zeros({2, 3, 5}));
  const auto loss = [&](std::vector<Index> targets) { return [&x, targets] { cross_entropy(x, targets); }; };
  REQUIRE(error_in_scope(t, loss({1, 2, 3, 4})) ==
          "cross_entropy: expected one target for each of the 6 rows of logits (2, 3, 5), got 4");
  REQUIRE(error_in_scope(t, loss({0, 1, 2, 5, 0, 0})) ==
          "cross_entropy: expected targets from 0 to 4 (or -100, to leave a row out), got 5 for row 3");
  REQUIRE(error_in_scope(t, loss({0, -1, 2, 3, 0, 0})) ==
          "cross_entropy: expected targets from 0 to 4 (or -100, to leave a row out), got -1 for row 1");
  REQUIRE(error_in_scope(t, loss(std::vector<Index>(6, ignore_index))) ==
          "cross_entropy: expected at least one target that is kept, got 6, all left out");
  REQUIRE(error_in_scope(t, [&] { cross_entropy(t.constant(1), {}); }) ==
          "cross_entropy: expected logits (..., V), got ()");
  REQUIRE(error_in_scope(t, [&] {
            cross_entropy(t.constant(Tensor(Shape{0, 5})), {});
          }) == "cross_entropy: expected at least one target that is kept, got 0, all left out");
  REQUIRE(error_in_scope(t, [&] { mse_loss(x, 1); }) ==
          "mse_loss: expected x and target of one shape, got (2, 3, 5) and ()");
}
