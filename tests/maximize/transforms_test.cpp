// Transforms: that each does what it says, the same way for all images of a batch, and its gradient.
#include "maximize/transforms.h"

#include <cmath>

#include "maximize/parametrizations/pixels.h"
#include "maximize/penalties.h"
#include "maximize/searches/gradient_search.h"
#include "tests/autograd/check.h"
#include "tests/maximize/small.h"

using namespace gradus;

namespace {

Tensor seen(const Transform& transform, const Tensor& x, int step = 0) {
  Tape t;
  return transform(t.constant(x), step).value();
}

// One bright pixel.
Tensor spot(Index height, Index width, Index r, Index c) {
  Tensor x = Tensor::zeros({1, 1, height, width});
  x.at({0, 0, r, c}) = 1;
  return x;
}

// A chain of one fixed turn: both ends of the range are the factor.
Turn enlarged(double factor) {
  return {0, factor, factor, 1};
}

}  // namespace

TEST_CASE("an enlarged image has its middle in place and its pixels further out; a reduced one has zeros around it") {
  const Tensor big = seen(enlarged(2), spot(5, 7, 2, 4));
  REQUIRE(big.at({0, 0, 2, 5}) == 1);  // a pixel right of the middle is now two
  REQUIRE(big.at({0, 0, 2, 4}) == 0.5);
  REQUIRE(big.at({0, 0, 2, 6}) == 0.5);
  REQUIRE(big.at({0, 0, 1, 5}) == 0.5);
  REQUIRE(big.at({0, 0, 1, 4}) == 0.25);
  REQUIRE(big.at({0, 0, 0, 5}) == 0);
  const Tensor small = seen(enlarged(0.5), Tensor::full({1, 1, 5, 7}, 1));
  REQUIRE(small.at({0, 0, 2, 3}) == 1);
  REQUIRE(small.at({0, 0, 1, 2}) == 1);
  REQUIRE(small.at({0, 0, 0, 3}) == 0);
  REQUIRE(small.at({0, 0, 2, 0}) == 0);
  REQUIRE(same_bits(seen(enlarged(1), spot(5, 7, 2, 4)), spot(5, 7, 2, 4)));
}

TEST_CASE("a turned image keeps its middle, distances and brightness, and turns as far as it may both ways") {
  const Tensor x = spot(15, 15, 7, 12);  // five pixels right of the middle
  double least = 0, most = 0;
  for (int step = 0; step < 200; ++step) {
    const Tensor y = seen(Turn(30, 1, 1, 3), x, step);
    double total = 0, r = 0, c = 0;
    for (Index i = 0; i < 225; ++i) {
      total += y[i];
      r += y[i] * static_cast<double>(i / 15 - 7);
      c += y[i] * static_cast<double>(i % 15 - 7);
    }
    REQUIRE(total == Approx(1).margin(0.15));
    REQUIRE(std::hypot(r, c) / total == Approx(5).margin(0.25));
    const double angle = std::atan2(-r, c) * 180 / 3.14159265358979;
    least = std::min(least, angle);
    most = std::max(most, angle);
  }
  REQUIRE(least == Approx(-30).margin(3));
  REQUIRE(most == Approx(30).margin(3));
}

TEST_CASE("a border of one brightness, and a crop that reaches every place") {
  const Tensor padded = seen(Pad(2, 0.5), spot(3, 4, 0, 0));
  REQUIRE(padded.shape() == Shape{1, 1, 7, 8});
  REQUIRE(padded.at({0, 0, 2, 2}) == 1);
  REQUIRE(padded.at({0, 0, 1, 7}) == 0.5);
  REQUIRE(padded.at({0, 0, 6, 0}) == 0.5);
  REQUIRE(padded.at({0, 0, 4, 5}) == 0);
  Tensor x(Shape{1, 1, 4, 6});
  for (Index i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(i);
  std::vector<int> times(24, 0);
  for (int step = 0; step < 300; ++step) {
    const Tensor y = seen(Crop(3, 4, 5), x, step);
    REQUIRE(y.shape() == Shape{1, 1, 3, 4});
    REQUIRE(y[11] == y[0] + 15);  // two rows and three columns further
    ++times[static_cast<std::size_t>(y[0])];
  }
  for (const std::size_t corner : {0, 1, 2, 6, 7, 8}) REQUIRE(times[corner] > 20);
}

TEST_CASE("noise has its deviation, is new in each step, and the same for the whole batch") {
  const Tensor zeros = Tensor::zeros({2, 1, 50, 50}), y = seen(InputNoise(0.3, 1), zeros, 4);
  double square = 0;
  for (const Real v : y.values()) square += v * v / 5000;
  REQUIRE(std::sqrt(square) == Approx(0.3).epsilon(0.05));
  REQUIRE(same_bits(row(y, 0), row(y, 1)));
  REQUIRE(same_bits(y, seen(InputNoise(0.3, 1), zeros, 4)));
  REQUIRE_FALSE(same_bits(y, seen(InputNoise(0.3, 1), zeros, 5)));
  REQUIRE_FALSE(same_bits(y, seen(InputNoise(0.3, 2), zeros, 4)));
}

TEST_CASE("samples stand beside each other, image by image, each drawn anew, and their mean is the value") {
  const auto jitter = std::make_shared<Jitter>(2, 9);
  const Samples samples(jitter, 3);
  REQUIRE(samples.copies() == 3);
  const Tensor x = random_tensor({2, 1, H, W}, 3, 0, 1), y = seen(samples, x, 5);
  REQUIRE(y.shape() == Shape{6, 1, H, W});
  for (const Index image : {0, 1})
    for (int i = 0; i < 3; ++i) REQUIRE(same_bits(row(y, image * 3 + i), seen(*jitter, row(x, image), 15 + i)));
  const Samples nested(std::make_shared<Samples>(jitter, 2), 3);
  REQUIRE(nested.copies() == 6);
  REQUIRE(seen(nested, x).shape() == Shape{12, 1, H, W});

  const Small small;
  Tape t;
  const Real value = unit("conv.relu:1,3,4")(small, t.constant(row(x, 1)), &samples, 5).value()[0];
  double expected = 0;
  for (int i = 0; i < 3; ++i) {
    t.clear();
    expected += unit("conv.relu:1,3,4")(small, t.constant(row(x, 1)), jitter.get(), 15 + i).value()[0] / 3;
  }
  REQUIRE(value == Approx(expected));
}

TEST_CASE("every transform passes its gradient check, chained and sampled too") {
  Parameter x("x", random_tensor({2, 2, 4, 5}, 1));
  const auto all = std::make_shared<Chain>(std::vector<std::shared_ptr<const Transform>>{
      std::make_shared<Pad>(1, 0.5), std::make_shared<Jitter>(1, 1), std::make_shared<Turn>(20, 0.8, 1.3, 2),
      std::make_shared<Crop>(4, 5, 3), std::make_shared<InputNoise>(0.1, 4)});
  const Samples samples(all, 2);
  const Turn turn(170, 0.4, 2.5, 8);
  for (const int step : {0, 1, 2}) {
    require_gradient([&](Tape& t) { return samples(t.leaf(x), step); }, {&x});
    require_gradient([&](Tape& t) { return turn(t.leaf(x), step); }, {&x});
  }
}

TEST_CASE("with every transform an image of a batch is its solo run, bit for bit, and a second run is the same") {
  const Small small;
  const Chain all({std::make_shared<Pad>(2, 0.2), std::make_shared<Turn>(10, 0.9, 1.1, 2),
                   std::make_shared<Crop>(H, W, 3), std::make_shared<InputNoise>(0.1, 4)});
  const Samples samples(std::make_shared<Chain>(all), 2);
  const Objective objective = unit("conv.relu:1") - 0.1 * mean_square() - 0.1 * total_variation() - roughness();
  Pixels three(small.input_shape(3)), one(small.input_shape(1));
  three.start(4);
  const Tensor starts = three.image.value();
  const GradientSearch::How how{.steps = 4, .draws = 0, .transform = &samples};
  const Record together = GradientSearch(three, how).run(small, objective, 100000, go_on);
  for (const Index i : {0, 1, 2}) {
    one.image.mutable_value() = row(starts, i);
    const Record alone = GradientSearch(one, how).run(small, objective, 100000, go_on);
    REQUIRE(same_bits(row(together.end(), i), alone.end()));
  }
}

TEST_CASE("transforms that cannot be are refused in one line") {
  REQUIRE_THROWS_WITH(Turn(181, 1, 1, 0), "turn: expected 0 to 180 degrees, got 181.000000");
  REQUIRE_THROWS_WITH(Turn(0, 1.5, 1, 0),
                      "turn: expected a least factor above 0 and a most from it on, got 1.500000 and 1.000000");
  REQUIRE_THROWS_WITH(Pad(-1, 0), "pad: expected 0 pixels or more, got -1");
  REQUIRE_THROWS_WITH(seen(Crop(4, 4, 0), spot(3, 5, 0, 0)), "crop: expected a size from (1, 1) to (3, 5), got (4, 4)");
  REQUIRE_THROWS_WITH(InputNoise(-1, 0), "noise: expected a finite deviation of 0 or more, got -1.000000");
  REQUIRE_THROWS_WITH(Samples(std::make_shared<Jitter>(1, 0), 0), "samples: expected at least 1, got 0");
  REQUIRE_THROWS_WITH(seen(enlarged(2), Tensor::zeros({3, 4})),
                      "turn: expected images (N, C, H, W), got an input (3, 4)");
}
