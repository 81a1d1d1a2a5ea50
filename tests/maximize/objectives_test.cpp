// Objectives beyond a single unit, by hand, and their gradients.
#include "maximize/objectives.h"

#include <cmath>

#include "maximize/penalties.h"
#include "tests/autograd/check.h"
#include "tests/maximize/small.h"

using namespace gradus;

namespace {

// The values of an objective of the model's input alone.
Tensor values_at(const Objective& objective, const Tensor& x) {
  Tape t;
  return objective.terms().front().term->values(t.constant(x)).value();
}

}  // namespace

TEST_CASE("a layer's mean square, for each image alone") {
  const Tensor x({2, 1, 1, 2}, {3, 1, 0, -2});
  const Tensor y = values_at(layer_square("conv.relu"), x);
  REQUIRE(y[0] == 5);
  REQUIRE(y[1] == 2);
  const Small small;
  Tape t;
  const Var of_model = layer_square("conv.relu")(small, t.constant(slope()));
  double expected = 0;
  const Tensor& features = t.find("conv.relu").value();
  for (const Real f : features.values()) expected += f * f / static_cast<double>(features.size());
  REQUIRE(of_model.value()[0] == Approx(expected));
}

TEST_CASE(
    "a direction with the cosine's power: the inner product times the cosine, and two negatives make no positive") {
  const Tensor d({2}, {3, 4}), x({4, 2}, {1, 0, 6, 8, -3, -4, 0, 0});
  const Tensor plain = values_at(cosine_direction("logits", d, 0), x),
               one = values_at(cosine_direction("logits", d, 1), x),
               three = values_at(cosine_direction("logits", d, 3), x);
  REQUIRE(plain[0] == 3);
  REQUIRE(plain[2] == -25);
  REQUIRE(one[0] == Approx(3 * 0.6));
  REQUIRE(three[0] == Approx(3 * 0.6 * 0.6 * 0.6));
  REQUIRE(one[1] == Approx(50));
  REQUIRE(three[1] == Approx(50));
  for (const Index i : {2, 3}) REQUIRE((one[i] == 0 && three[i] == 0));
  // At (N, C, H, W) the mean over the positions: (0, 5) and (-1, -1) here.
  const Tensor image({1, 2, 1, 2}, {0, -1, 5, -1});
  REQUIRE(values_at(cosine_direction("a", d, 1), image)[0] == Approx(20 * 0.8 / 2));
  REQUIRE(values_at(cosine_direction("a", d, 0), image)[0] == Approx((20 - 7) / 2.0));
}

TEST_CASE("another unit for each image of a batch: each has its solo value, copies stay with their image") {
  const std::vector<Unit> units = {Unit::parse("conv.relu:1"), Unit::parse("conv.relu:0,3,4")};
  const Objective each = unit_of_each(units);
  REQUIRE(each.str() == "conv.relu:1 conv.relu:0,3,4");
  Tensor two(Shape{2, 1, H, W});
  const Tensor noise = random_tensor({1, 1, H, W}, 2, 0, 1), one = slope();
  std::copy_n(one.data(), one.size(), two.data());
  std::copy_n(noise.data(), noise.size(), two.data() + one.size());
  const Small small;
  Tape t;
  const Tensor both = each(small, t.constant(two)).value();
  t.clear();
  REQUIRE(both[0] == Objective(units[0])(small, t.constant(one)).value()[0]);
  t.clear();
  REQUIRE(both[1] == Objective(units[1])(small, t.constant(noise)).value()[0]);
  // Two copies of each image side by side.
  const Tensor copies({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor values = values_at(unit_of_each({Unit::parse("logits:1"), Unit::parse("logits:0")}), copies);
  REQUIRE(values[0] == 2);
  REQUIRE(values[1] == 4);
  REQUIRE(values[2] == 5);
  REQUIRE(values[3] == 7);
}

TEST_CASE(
    "diversity: minus the cosine of what fires together, 0 for one image, and ascent along it makes images unlike") {
  // Image 0 fires in channel 0 alone, image 1 in channel 1 alone, image 2 as image 0 does but stronger.
  const Tensor x({3, 2, 1, 1}, {1, 0, 0, 2, 5, 0});
  const Tensor y = values_at(diversity("a"), x);
  REQUIRE(y[0] == Approx(-0.5));
  REQUIRE(y[1] == Approx(0).margin(1e-9));
  REQUIRE(y[2] == Approx(-0.5));
  REQUIRE(values_at(diversity("a"), row(x, 1))[0] == 0);
  Parameter moving("x", Tensor({2, 2, 1, 2}, {1, 0.5, 0.2, 0.1, 0.9, 0.5, 0.3, 0.1}));
  const auto value = [](Var v) { return diversity("a").terms().front().term->values(v); };
  const Tensor before = values_at(diversity("a"), moving.value()), slopes = gradient_of_sum(moving, value);
  for (Index i = 0; i < slopes.size(); ++i) moving.mutable_value()[i] += 0.1 * slopes[i];
  REQUIRE(values_at(diversity("a"), moving.value())[0] > before[0] + 1e-4);
}

TEST_CASE("every objective passes its gradient check, through the model too") {
  Parameter x("x", random_tensor({2, 3, 2, 4}, 5)), vectors("vectors", random_tensor({4, 3}, 6));
  const auto check = [](const Objective& objective, Parameter& p) {
    require_gradient([&](Tape& t) { return objective.terms().front().term->values(t.leaf(p)); }, {&p});
  };
  check(layer_square("a"), x);
  check(diversity("a"), x);
  const Tensor d({3}, {0.5, -1, 2});
  for (const double power : {0.0, 0.5, 1.0, 2.0}) {
    check(cosine_direction("a", d, power), x);
    check(cosine_direction("a", d, power), vectors);
  }
  check(unit_of_each({Unit::parse("a:2"), Unit::parse("a:0")}), x);
  check(unit_of_each({Unit::parse("a:2"), Unit::parse("a:0")}), vectors);
  const Small small;
  Parameter images("images", random_tensor({2, 1, H, W}, 7, 0.1, 0.9));
  const Objective all = 2 * layer_square("conv.relu") - Objective(Unit::parse("logits:1")) +
                        cosine_direction("conv.relu", Tensor({2}, {1, 0.5}), 1) + diversity("conv.relu") -
                        0.5 * mean_absolute();
  const Tensor slopes = gradient_of_sum(images, [&](Var v) { return all(small, v); });
  const Tensor along = random_tensor(slopes.shape(), 8);
  const auto value = [&](double step) {
    Tensor moved = images.value();
    for (Index i = 0; i < moved.size(); ++i) moved[i] += step * along[i];
    Tape t;
    return sum(all(small, t.constant(moved))).item();
  };
  double slope_along = 0;
  for (Index i = 0; i < slopes.size(); ++i) slope_along += slopes[i] * along[i];
  REQUIRE(slope_along == Approx((value(1e-6) - value(-1e-6)) / 2e-6).epsilon(1e-6));
}

TEST_CASE("what is minimized has a minus, exactly") {
  const Small small;
  Parameter image("image", random_tensor({1, 1, H, W}, 7, 0.1, 0.9));
  const Objective up = unit("conv.relu:1");
  const Tensor a = gradient_of_sum(image, [&](Var x) { return up(small, x); });
  const Tensor b = gradient_of_sum(image, [&](Var x) { return (-up)(small, x); });
  for (Index i = 0; i < a.size(); ++i) REQUIRE(a[i] == -b[i]);
}

TEST_CASE("objectives that cannot be are refused in one line") {
  const Tensor d({2}, {1, 0});
  REQUIRE_THROWS_WITH(cosine_direction("a", Tensor({2}, {0, 0}), 1),
                      "cosine_direction: expected a direction of a finite length above 0");
  REQUIRE_THROWS_WITH(cosine_direction("a", d, -1), "cosine_direction: expected a power of 0 or more, got -1.000000");
  REQUIRE_THROWS_WITH(
      values_at(cosine_direction("a", d, 1), Tensor({1, 3}, {1, 2, 3})),
      "cosine_direction: expected a direction (C) at an activation (N, C) or (N, C, H, W), got (2) at 'a' "
      "(1, 3, 1)");
  REQUIRE_THROWS_WITH(unit_of_each({}), "unit_of_each: expected at least one unit");
  REQUIRE_THROWS_WITH(unit_of_each({Unit::parse("a:0"), Unit::parse("b:0")}),
                      "unit_of_each: expected units at one address, got 'a:0' and 'b:0'");
  REQUIRE_THROWS_WITH(values_at(unit_of_each({Unit::parse("a:0"), Unit::parse("a:1")}), Tensor::zeros({3, 2})),
                      "unit_of_each: expected a batch of 2 images, one for each unit, got 3");
  REQUIRE_THROWS_WITH(values_at(diversity("a"), Tensor::zeros({3, 2})),
                      "diversity: expected an activation (N, C, H, W) at 'a', got (3, 2)");
}
