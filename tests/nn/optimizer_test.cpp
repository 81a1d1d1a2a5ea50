#include "nn/optimizer.h"

#include <cmath>
#include <string>
#include <vector>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "nn/descend.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

// Gradients that are simply given: the loss is sum(g * x).
void given_gradient(Parameter& x, const Tensor& g, Optimizer& optimizer, int step) {
  Tape t({&x});
  t.backward(sum(t.leaf(x) * t.constant(g)));
  optimizer.step(t, step);
}

}  // namespace

TEST_CASE("SGD by hand: plain, with momentum, with Nesterov's") {
  Parameter x("x", Tensor({2}, {1, 2}));
  Optimizer plain = Sgd{.lr = 0.1};
  given_gradient(x, Tensor({2}, {10, -10}), plain, 0);
  REQUIRE(x.value()[0] == Approx(0).margin(1e-15));
  REQUIRE(x.value()[1] == Approx(3));

  Parameter y("y", Tensor({1}, {0}));
  Optimizer heavy = Sgd{.lr = 1, .momentum = 0.5};
  given_gradient(y, Tensor({1}, {1}), heavy, 0);  // v = 1
  given_gradient(y, Tensor({1}, {1}), heavy, 1);  // v = 1.5
  REQUIRE(y.value()[0] == Approx(-2.5));

  Parameter z("z", Tensor({1}, {0}));
  Optimizer nesterov = Sgd{.lr = 1, .momentum = 0.5, .nesterov = true};
  given_gradient(z, Tensor({1}, {1}), nesterov, 0);  // v = 1,   z -= 1 + 0.5
  given_gradient(z, Tensor({1}, {1}), nesterov, 1);  // v = 1.5, z -= 1 + 0.75
  REQUIRE(z.value()[0] == Approx(-3.25));
}

TEST_CASE(
    "normalized steps by hand: each entry of the first axis moves by the learning rate in the mean, whatever its gradient") {
  Parameter x("x", Tensor({3, 2}, {0, 0, 0, 0, 7, 7}));
  Optimizer normalized = NormalizedSgd{.lr = 0.5};
  given_gradient(x, Tensor({3, 2}, {1, -3, 1e-6, 1e-6, 0, 0}), normalized, 0);  // mean |g| 2, 1e-6 and 0
  const double expected[] = {-0.25, 0.75, -0.5, -0.5, 7, 7};
  for (Index i = 0; i < 6; ++i) REQUIRE(x.value()[i] == Approx(expected[i]));
  Parameter one("one", Tensor::full({}, 1));
  Optimizer of_one = NormalizedSgd{.lr = 0.5};
  given_gradient(one, Tensor::full({}, -40), of_one, 0);
  REQUIRE(one.value()[0] == Approx(1.5));
  REQUIRE(of_one.state({&one}).empty());
}

TEST_CASE("Adam by hand, two steps") {
  Parameter x("x", Tensor({1}, {1}));
  Optimizer adam = Adam{.lr = 0.1, .beta1 = 0.5, .beta2 = 0.75, .eps = 0.5};
  given_gradient(x, Tensor({1}, {2}), adam, 0);
  // m = 1, v = 1; corrected m = 1 / 0.5 = 2, v = 1 / 0.25 = 4; x = 1 - 0.1 * 2 / (2 + 0.5)
  REQUIRE(x.value()[0] == Approx(0.92).epsilon(1e-12));
  given_gradient(x, Tensor({1}, {-4}), adam, 1);
  // m = 0.5 - 2 = -1.5, v = 0.75 + 4 = 4.75; corrected m = -1.5 / 0.75 = -2, v = 4.75 / 0.4375
  REQUIRE(x.value()[0] == Approx(0.92 + 0.1 * 2 / (std::sqrt(4.75 / 0.4375) + 0.5)).epsilon(1e-12));
}

TEST_CASE("AdamW decays weights apart from the gradient, but not biases and norms") {
  Parameter w("w", Tensor({1, 1}, {1})), b("b", Tensor({1}, {1}));
  const AdamW rule{.lr = 0.1, .beta1 = 0, .beta2 = 0, .eps = 0, .weight_decay = 0.5};
  Optimizer for_w = rule, for_b = rule;
  given_gradient(w, Tensor({1, 1}, {3}), for_w, 0);  // a step of lr * sign(g) = 0.1 after 1 * (1 - 0.05)
  given_gradient(b, Tensor({1}, {3}), for_b, 0);
  REQUIRE(w.value()[0] == Approx(0.85).epsilon(1e-12));
  REQUIRE(b.value()[0] == Approx(0.9).epsilon(1e-12));
}

TEST_CASE("gradients are clipped by their norm over all parameters together") {
  Parameter x("x", Tensor({2}, {0, 0})), y("y", Tensor({1}, {0}));
  Tape t({&x, &y});
  t.backward(sum(t.leaf(x) * t.constant(Tensor({2}, {2, 3}))) + sum(t.leaf(y) * 6));  // norm 7
  Optimizer sgd = Optimizer(Sgd{.lr = 1}).clip(0.7);
  REQUIRE(sgd.step(t, 0) == Approx(7));
  REQUIRE(x.value()[0] == Approx(-0.2).epsilon(1e-6));  // PyTorch's factor is 0.7 / (7 + 1e-6)
  REQUIRE(x.value()[1] == Approx(-0.3).epsilon(1e-6));
  REQUIRE(y.value()[0] == Approx(-0.6).epsilon(1e-6));
}

TEST_CASE("a norm below the limit leaves the gradients alone") {
  Parameter x("x", Tensor({1}, {0}));
  Optimizer sgd = Optimizer(Sgd{.lr = 1}).clip(5);
  given_gradient(x, Tensor({1}, {3}), sgd, 0);
  REQUIRE(x.value()[0] == -3);
}

TEST_CASE("the learning rate warms up, follows a cosine, and stays at its end") {
  const Optimizer o = Optimizer(Adam{.lr = 1}).schedule({.warmup = 3, .until = 13, .min_lr = 0.1});
  REQUIRE(o.learning_rate(0) == Approx(0.25));
  REQUIRE(o.learning_rate(2) == Approx(0.75));
  REQUIRE(o.learning_rate(3) == Approx(1));
  REQUIRE(o.learning_rate(8) == Approx(0.55));  // half way
  REQUIRE(o.learning_rate(13) == Approx(0.1));
  REQUIRE(o.learning_rate(1000) == Approx(0.1));
}

TEST_CASE("a parameter that no gradient has reached is left alone, and state does not change hands") {
  Parameter used("used", Tensor({1}, {1})), unused("unused", Tensor({1}, {1}));
  Tape t({&used, &unused});
  t.backward(sum(t.leaf(used)));
  Optimizer adamw = AdamW{.lr = 0.1};
  adamw.step(t, 0);
  REQUIRE(unused.value()[0] == 1);
  REQUIRE(used.value()[0] < 1);
  Tape other({&used});
  other.backward(sum(other.leaf(used)));
  REQUIRE_THROWS_WITH(adamw.step(other, 1),
                      "Optimizer: its state belongs to other parameters; use one optimizer a run");
}

TEST_CASE("descend finds a minimum, moves only what it is told to, and tells every step") {
  Parameter x("x", Tensor({2}, {5, -3})), frozen("frozen", Tensor({2}, {1, 2}));
  std::vector<double> losses;
  const Progress p = descend(
      {&x}, Sgd{.lr = 0.1}, 200, [&](Tape& t, int) { return sum(square(t.leaf(x) - t.leaf(frozen))); },
      [&](const Step& s) {
        REQUIRE(s.step == static_cast<int>(losses.size()));
        REQUIRE(s.tape.counts().leaf_gradients == 1);
        losses.push_back(s.loss);
        return true;
      });
  REQUIRE(p.steps == 200);
  REQUIRE(p.first_loss == Approx(41));
  REQUIRE(p.loss < 1e-12);
  REQUIRE(losses.front() == p.first_loss);
  REQUIRE(frozen.version() == 0);
  REQUIRE(x.value()[0] == Approx(1));
}

TEST_CASE("descend stops when it is told to, and goes on from there exactly") {
  const auto run = [](int stop_after) {
    Parameter x("x", Tensor({2}, {5, -3}));
    const auto objective = [&](Tape& t, int step) { return sum(square(t.leaf(x) - 0.1 * step)); };
    Optimizer first = Adam{.lr = 0.05}, second = Adam{.lr = 0.05};
    std::vector<Tensor> kept;
    const Progress p = descend({&x}, std::move(first), 20, objective, [&](const Step& s) {
      if (s.step + 1 < stop_after) return true;
      for (const Parameter* state : s.optimizer.state({&x})) kept.push_back(state->value());
      return false;
    });
    REQUIRE(p.stopped);
    REQUIRE(p.steps == stop_after);
    const Parameters state = second.state({&x});
    for (std::size_t i = 0; i < state.size(); ++i) state[i]->mutable_value() = kept[i];
    descend({&x}, std::move(second), Budget(20, p.steps), objective, [](const Step&) { return true; });
    return x.value();
  };
  REQUIRE(same_bits(run(7), run(13)));
}

TEST_CASE("descend needs no on_step, and takes one that returns nothing") {
  Parameter x("x", {5});
  const auto objective = [&](Tape& t, int) { return sum(square(t.leaf(x))); };
  REQUIRE(descend({&x}, Sgd{.lr = 0.1}, 3, objective).steps == 3);
  int shown = 0;
  const Progress p = descend({&x}, Sgd{.lr = 0.1}, 4, objective, [&](const Step&) { ++shown; });
  REQUIRE(shown == 4);
  REQUIRE_FALSE(p.stopped);
}

TEST_CASE("descend names the first node that is not finite, and changes nothing") {
  const auto fault = [](const auto& objective, Parameter& x, Budget budget = 5) {
    const Tensor before = x.value();
    std::string text = "no error";
    try {
      descend({&x}, Optimizer(Sgd{.lr = 1}).clip(1), budget, [&](Tape& t, int) { return objective(t.leaf(x)); });
    } catch (const Error& e) {
      text = e.what();
    }
    REQUIRE(same_bits(x.value(), before));
    return text;
  };
  Parameter negative("x", {4, -1}), zero("x", {0}), nan("x", {1, std::nan("")});
  const std::string of_log = fault([](Var x) { return sum(log(x)); }, negative);
  REQUIRE_THAT(
      of_log,
      Contains(
          "descend: the loss is not finite (nan) at step 0; first in #1 log: value 1 of (2) is nan; input #0 parameter "
          "'x' (2) [4, -1], recorded at optimizer_test.cpp:"));
  REQUIRE_THAT(of_log, !Contains("learning rate"));
  const std::string of_sqrt = fault([](Var x) { return sum(sqrt(x)); }, zero);  // a finite loss
  REQUIRE_THAT(
      of_sqrt,
      Contains("descend: the norm of the gradients is not finite (inf) at step 0; first in backward of #1 sqrt: for #0 "
               "parameter 'x', gradient 0 of (1) is inf"));
  REQUIRE_THAT(of_sqrt, !Contains("learning rate"));
  REQUIRE_THAT(fault([](Var x) { return sum(x); }, nan), Contains("first in #0 parameter 'x': value 1 of (2) is nan"));
  REQUIRE_THAT(fault([](Var x) { return sum(log(x)); }, negative, Budget(9, 7)),
               Contains("at step 7") && Contains("a smaller learning rate may help"));
  Parameter unset("fc.weight", Shape{2});
  REQUIRE_THROWS_WITH(descend({&unset}, Adam{}, 5, [&](Tape& t, int) { return sum(t.leaf(unset)); }),
                      Contains("parameter 'fc.weight' has no values yet"));
}

TEST_CASE("an optimizer refuses a gradient that is not finite, and changes nothing") {
  Parameter x("x", {1, 2});
  Tape t({&x});
  t.backward(sum(t.leaf(x) * t.constant(Tensor({1, HUGE_VAL}))));
  Optimizer sgd = Optimizer(Sgd{.lr = 1}).clip(1);
  REQUIRE_THROWS_WITH(sgd.step(t, 0), Contains("Optimizer: the gradient is not finite, its norm is inf"));
  REQUIRE(x.value().str() == "(2) [1, 2]");
}

TEST_CASE("every rule moves a value by the same bits wherever it stands") {
  for (int rule = 0; rule < 4; ++rule) {
    std::vector<Real> first;
    for (Index n = 1; n <= 40; ++n) {
      Optimizer optimizer = Sgd{.lr = 0.1};
      if (rule == 1) optimizer = Optimizer(Sgd{.lr = 0.1, .momentum = 0.9, .nesterov = true});
      if (rule == 2) optimizer = Optimizer(Adam{.lr = 0.1, .beta2 = 0.75, .eps = 0});
      if (rule == 3) optimizer = Optimizer(AdamW{.lr = 0.1, .weight_decay = 0.3});
      Parameter x("x", Tensor::full({n}, static_cast<Real>(1.1)));
      for (int step = 0; step < 3; ++step) given_gradient(x, Tensor::full({n}, 7), optimizer, step);
      if (n == 1) first.push_back(x.value()[0]);
      for (const Real v : x.value().values()) REQUIRE(v == first.back());
      // With a constant gradient the corrected moments are g and g^2: a step of lr exactly, but for the last digits.
      if (rule == 2) REQUIRE(first.back() == Approx(1.1 - 0.3).epsilon(1e-12));
    }
  }
}
