// The joints of maximization with a network of the test's own, over images that are not square.
#include <stdexcept>

#include "maximize/parametrizations/pixels.h"
#include "maximize/penalties.h"
#include "maximize/searches/gradient_search.h"
#include "maximize/transforms.h"
#include "tests/autograd/check.h"
#include "tests/maximize/small.h"

using namespace gradus;

TEST_CASE("2 a + 3 b - penalty is exactly that, on one run, each term under its name") {
  const Small small;
  const Objective objective = 2 * unit("conv.relu:1") + 3 * unit("logits:1") - 0.5 * total_variation();
  REQUIRE(objective.str() == "2 conv.relu:1 + 3 logits:1 - 0.5 total_variation");
  Tape t;
  const Var total = objective(small, t.constant(slope()));
  REQUIRE(small.runs == 1);
  REQUIRE(total.shape() == Shape{1});
  // The shifted image has the columns 1 to 27 of 28: their sum over r is 27 * 351 = 9477, over 2 c 27 * 2 * 378 = 20412.
  const Real a = t.find("objective.conv.relu:1").value()[0];
  REQUIRE(a == Approx(29889.0 / 100 / 756).epsilon(1e-13));
  const Real b = t.find("objective.logits:1").value()[0];
  REQUIRE(b == Approx(5 * 0.26 + 0.25).epsilon(1e-13));
  const Real tv = t.find("objective.total_variation").value()[0];
  REQUIRE(tv == Approx(0.01 + 0.02).epsilon(1e-13));
  REQUIRE(total.value()[0] == 2 * a + 3 * b - 0.5 * tv);
  REQUIRE(t.find("objective").value()[0] == total.value()[0]);
}

TEST_CASE("row and column are not swapped, and one pixel is a unit") {
  const Small small;
  Tape t;
  const Var x = t.constant(slope());
  const auto value = [&](const char* text) {
    t.clear();
    return unit(text)(small, t.constant(slope())).value()[0];
  };
  REQUIRE(value("conv.relu:0,3,4") == Approx(0.11));   // (3 + 2 * 4) / 100
  REQUIRE(value("conv.relu:1,3,4") == Approx(0.13));   // the pixel to its right
  REQUIRE(value("conv.relu:0,26,27") == Approx(0.8));  // the last one
  REQUIRE(value("input:0,26,27") == Approx(0.8));
  REQUIRE_THROWS_WITH(value("conv.relu:0,27,26"), "unit: 'conv.relu' has rows 0 to 26, got 'conv.relu:0,27,26'");
  REQUIRE_THROWS_WITH(value("conv.relu:0,0,28"), "unit: 'conv.relu' has columns 0 to 27, got 'conv.relu:0,0,28'");
}

TEST_CASE("the model runs only as far as the last address needed, in whichever order they are asked for") {
  const Small small;
  for (const bool turned : {false, true}) {
    Tape t;
    const Objective both = turned ? unit("logits:0") + unit("conv.relu:0") : unit("conv.relu:0") + unit("logits:0");
    both(small, t.constant(slope()));
    REQUIRE(t.addresses()[2] == "logits");
    t.clear();
    (unit("conv.relu:1") + unit("conv.relu:0"))(small, t.constant(slope()));
    REQUIRE(t.addresses()[1] == "conv.relu");
    REQUIRE(t.addresses()[2] == "objective.conv.relu:1");
    t.clear();
    small(t.constant(slope()));  // to its end again
    REQUIRE(t.addresses().back() == "logits");
  }
  Tape t;
  (-1 * mean_square())(small, t.constant(slope()));
  REQUIRE(small.runs == 6);  // a penalty alone needs no run of the model
}

TEST_CASE("terms keep their values apart, and equal names are told apart") {
  const Small small;
  const Objective a = unit("conv.relu:0"), twice = a + a, none = a - a;
  REQUIRE(twice.terms()[1].name == "conv.relu:0 (2)");
  REQUIRE(none.str() == "conv.relu:0 - conv.relu:0 (2)");
  REQUIRE((-a).str() == "-conv.relu:0");
  Objective self = a;
  self += self;
  self *= 3;
  REQUIRE(self.str() == "3 conv.relu:0 + 3 conv.relu:0 (2)");
  REQUIRE(a.str() == "conv.relu:0");  // operators leave their operands alone
  Tape t;
  const Real one = a(small, t.constant(slope())).value()[0];
  t.clear();
  REQUIRE(twice(small, t.constant(slope())).value()[0] == 2 * one);
  t.clear();
  REQUIRE(none(small, t.constant(slope())).value()[0] == 0);
}

TEST_CASE("what an objective lacks is told in one line") {
  const Small small;
  Tape t;
  REQUIRE_THROWS_WITH((unit("conv.relu:0") + unit("conv9:0"))(small, t.constant(slope())),
                      "unit: the model has no address 'conv9'; it has: input conv.relu logits");
  t.clear();
  const Objective logit = unit("logits:0");
  logit(small, t.constant(slope()));
  REQUIRE_THROWS_WITH(logit(small, t.constant(slope())),
                      "objective: this tape holds an earlier run of the model; clear it first");
  t.clear();
  REQUIRE_THROWS_WITH((logit - squared_length())(small, t.constant(slope())),
                      "objective: 'squared_length' is of embeddings (N, T, C), got an input (1, 1, 27, 28)");
  struct Scalar final : Term {
    Scalar() : Term("scalar", "logits") {}
    Var values(Var x) const override { return sum(x); }
  };
  t.clear();
  REQUIRE_THROWS_WITH(Objective(std::make_shared<Scalar>())(small, t.constant(slope())),
                      "objective: expected a value for each of 1 samples from 'scalar', got ()");
  REQUIRE_THROWS_WITH(expect_fits(unit("logits:2"), small, {1, 1, H, W}),
                      "unit: 'logits' has channels 0 to 1, got 'logits:2'");
  expect_fits(unit("logits:1"), small, {1, 1, H, W});
}

TEST_CASE("a penalty counts once, whatever it stands beside: the gradient is the sum of the terms' own") {
  const Small small;
  Parameter image("image", slope());
  const auto gradient = [&](const Objective& objective) {
    return gradient_of_sum(image, [&](Var x) { return objective(small, x); });
  };
  const Tensor a = gradient(unit("conv.relu:1")), b = gradient(unit("logits:1")), p = gradient(mean_square());
  const Tensor all = gradient(2 * unit("conv.relu:1") + 3 * unit("logits:1") - 4 * mean_square());
  for (Index i = 0; i < all.size(); ++i) REQUIRE(all[i] == Approx(2 * a[i] + 3 * b[i] - 4 * p[i]).margin(1e-15));
}

TEST_CASE("penalties by hand, for each image of a batch alone") {
  Tape t;
  const Small small;
  const auto value = [&](const Objective& penalty, const Tensor& x) {
    t.clear();
    return penalty(small, t.constant(x)).value();
  };
  const Tensor images({2, 1, 2, 3}, {0, 1, 0.5, 0, 0, 0, 1, 1, 1, 1, 1, 1});
  REQUIRE(value(mean_square(), images)[0] == Approx((1 + 0.25) / 6));
  REQUIRE(value(mean_square(), images)[1] == 1);
  REQUIRE(value(total_variation(), images)[0] == Approx(1.5 / 3 + 1.5 / 4));  // down 0, 1, 0.5; right 1, 0.5, 0, 0
  REQUIRE(value(total_variation(), images)[1] == 0);
  REQUIRE(value(mean_absolute(), images)[0] == Approx(1.5 / 6));
  REQUIRE(value(roughness(), images)[1] == Approx(0).margin(1e-30));
  // A spot of 1 in the middle of 3 x 3: blurred it is 1/4 there, 1/8 beside it and 1/16 at the corners.
  const Tensor spot({1, 1, 3, 3}, {0, 0, 0, 0, 1, 0, 0, 0, 0});
  REQUIRE(value(roughness(), spot)[0] == Approx((9.0 / 16 + 4.0 / 64 + 4.0 / 256) / 9));
  REQUIRE(value(squared_length(), Tensor({1, 2, 2}, {1, 2, 3, 4}))[0] == 15);  // (5 + 25) / 2
}

TEST_CASE("every penalty, parametrization and transform passes its gradient check") {
  const Small small;
  const auto check = [&](const Objective& objective, Parameter& p) {
    require_gradient([&](Tape& t) { return objective(small, t.leaf(p)); }, {&p});
  };
  Parameter images("images", random_tensor({2, 1, 3, 4}, 1, 0.1, 0.9)), text("text", random_tensor({2, 3, 4}, 2));
  check(mean_square(), images);
  check(mean_absolute(), images);
  check(roughness(), images);
  check(total_variation(), images);
  check(squared_length(), text);
  Pixels pixels({2, 1, 3, 4});
  pixels.start(1);
  require_gradient([&](Tape& t) { return pixels.input(t); }, pixels.parameters());
  for (const int step : {0, 1, 2, 3})
    require_gradient([&](Tape& t) { return Jitter(1, 7)(t.leaf(images), step); }, {&images});
}

TEST_CASE("jitter moves an image by whole pixels, the same way for the whole batch, as its seed and step say") {
  Tensor x = Tensor::zeros({2, 1, 5, 8});
  x.at({0, 0, 2, 4}) = 1;
  x.at({1, 0, 2, 4}) = 1;
  std::vector<int> seen(9, 0);
  for (int step = 0; step < 100; ++step) {
    Tape t;
    const Tensor y = Jitter(1, 3)(t.constant(x), step).value();
    REQUIRE(y.shape() == x.shape());
    REQUIRE(same_bits(row(y, 0), row(y, 1)));
    const Index at = std::find(y.data(), y.data() + 40, 1) - y.data(), r = at / 8, c = at % 8;
    REQUIRE((r >= 1 && r <= 3 && c >= 3 && c <= 5));
    ++seen[(r - 1) * 3 + c - 3];
    REQUIRE(same_bits(y, Jitter(1, 3)(t.constant(x), step).value()));
  }
  for (const int times : seen) REQUIRE(times > 2);
  Tape t;
  REQUIRE(same_bits(Jitter(0, 3)(t.constant(x), 5).value(), x));
  REQUIRE_THROWS_WITH(Jitter(-1, 0), "jitter: expected 0 pixels or more, got -1");
}

namespace {

// Each image as it is and twice as bright.
struct Brighter final : Transform {
  Var operator()(Var x, int) const override {
    const Shape& s = x.shape();
    return reshape(stack({x, 2 * x}, 1), Shape{2 * s[0], s[1], s[2], s[3]});
  }
  Index copies() const override { return 2; }
};

}  // namespace

TEST_CASE("a transform's copies are averaged for each sample; the penalty sees the input itself") {
  const Small small;
  const Brighter brighter;
  Tensor two(Shape{2, 1, H, W});
  two.fill(0.1);
  const Tensor one = slope();
  std::copy_n(one.data(), one.size(), two.data());
  Tape t;
  const Objective objective = unit("conv.relu:0,3,4") - mean_square();
  objective(small, t.constant(two), &brighter);
  REQUIRE(t.find("conv.relu").shape()[0] == 4);
  REQUIRE(t.find("objective.conv.relu:0,3,4").value()[0] == Approx(1.5 * 0.11));
  REQUIRE(t.find("objective.conv.relu:0,3,4").value()[1] == Approx(1.5 * 0.1));
  REQUIRE(t.find("objective.mean_square").value()[1] == Approx(0.01));
  Pixels pixels({2, 1, H, W});
  const Record r = GradientSearch(pixels, {.steps = 3, .transform = &brighter}).run(small, objective, 1000, go_on);
  REQUIRE(r.spent == 3 * 2 * 2 * 2 + 2);
}

namespace {

// Throws at an address, or puts zeros there, or only looks.
struct Meddler final : Hook {
  std::string throws, clears;
  std::vector<std::string> seen;
  Var at(const std::string& address, Var x) override {
    seen.push_back(address);
    if (address == throws) throw std::runtime_error("enough");
    return address == clears ? 0 * x : x;
  }
};

}  // namespace

TEST_CASE("an exception in the middle of a run leaves the tape usable, and hooks see and replace what they see") {
  const Small small;
  const Objective both = unit("conv.relu:0") + unit("logits:1");
  Tape t;
  const Tensor right = both(small, t.constant(slope())).value();
  Meddler meddler;
  for (const char* where : {"input", "conv.relu", "logits", "objective.logits:1"}) {
    t.clear();
    meddler.throws = where;
    t.set_hook(&meddler);
    REQUIRE_THROWS_WITH(both(small, t.constant(slope())), "enough");
    REQUIRE(t.hook() == &meddler);
    t.set_hook(nullptr);
    REQUIRE(sum(t.constant(slope())).value().size() == 1);  // without clearing
    t.clear();
    small(t.constant(slope()));
    REQUIRE(t.addresses() == std::vector<std::string>{"conv.relu", "logits"});  // to its end
    t.clear();
    REQUIRE(same_bits(both(small, t.constant(slope())).value(), right));
  }
  t.clear();
  meddler = {};
  meddler.clears = "conv.relu";
  t.set_hook(&meddler);
  REQUIRE(both(small, t.constant(slope())).value()[0] == 0.25);  // the bias of logits:1
  REQUIRE(meddler.seen[0] == "input");
  REQUIRE(meddler.seen[2] == "logits");
  t.clear();
  meddler.clears = "input";
  REQUIRE(both(small, t.constant(slope())).value()[0] == 0.25);
}
