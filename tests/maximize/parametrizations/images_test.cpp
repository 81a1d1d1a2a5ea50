// What images are made of: each parametrization's values by their definition, its gradients, and where it starts.
#include <cmath>
#include <numbers>

#include "maximize/parametrizations/fourier.h"
#include "maximize/parametrizations/pixels.h"
#include "maximize/parametrizations/pyramid.h"
#include "tests/autograd/check.h"
#include "tests/maximize/small.h"

using namespace gradus;

namespace {

Tensor input_of(const Parametrization& images) {
  Tape t;
  return images.input(t).value();
}

Tensor free_pixels_of(const ImageParametrization& images) {
  Tape t;
  return images.free_pixels(t).value();
}

// u(r, c) by the definition: the sum over all pairs of waves, one after another.
double wave_sum(const Tensor& c, Index H_, Index W_, double decay, Index row_, Index column) {
  const auto wave = [](Index i, Index n, Index j) {
    const double k = std::floor((static_cast<double>(i) + 1) / 2), N = static_cast<double>(n);
    const double angle = 2 * std::numbers::pi * k * static_cast<double>(j) / N;
    if (i == 0) return 1 / std::sqrt(N);
    if (2 * k == N) return std::cos(angle) / std::sqrt(N);
    return std::sqrt(2 / N) * (i % 2 == 1 ? std::cos(angle) : std::sin(angle));
  };
  double u = 0;
  const double h = static_cast<double>(H_), w = static_cast<double>(W_), slowest = 1 / std::max(h, w);
  for (Index i = 0; i < H_; ++i)
    for (Index j = 0; j < W_; ++j) {
      const double f = std::hypot(std::floor((i + 1) / 2) / h, std::floor((j + 1) / 2) / w);
      const double scale = std::sqrt(h * w) * std::pow(slowest / std::max(f, slowest), decay);
      u += c[i * W_ + j] * scale * wave(i, H_, row_) * wave(j, W_, column);
    }
  return u;
}

}  // namespace

TEST_CASE("the Fourier basis is orthogonal for every length, odd or even") {
  for (const Index n : {1, 2, 3, 4, 5, 8, 27, 28}) {
    const Tensor F = fourier_basis(n);
    for (Index i = 0; i < n; ++i)
      for (Index k = 0; k < n; ++k) {
        double product = 0;
        for (Index j = 0; j < n; ++j) product += F[i * n + j] * F[k * n + j];
        REQUIRE(product == Approx(i == k).margin(1e-13));
      }
  }
}

TEST_CASE("Fourier images are their waves' sum, odd and non-square ones too") {
  for (const auto& [H_, W_] : {std::pair<Index, Index>{3, 4}, {5, 2}, {6, 7}, {1, 5}, {28, 27}})
    for (const double decay : {0.0, 1.0, 1.5}) {
      Fourier images({2, 1, H_, W_}, decay);
      images.coefficients.mutable_value() = random_tensor({2, 1, H_, W_}, 4);
      const Tensor u = free_pixels_of(images);
      const Tensor second = row(images.coefficients.value(), 1);
      for (const auto& [r, c] : {std::pair<Index, Index>{0, 0}, {H_ - 1, W_ - 1}, {H_ / 2, W_ / 3}})
        REQUIRE(u[H_ * W_ + r * W_ + c] == Approx(wave_sum(second, H_, W_, decay, r, c)).epsilon(1e-10));
    }
  Fourier flat({1, 1, 3, 4});
  flat.coefficients.mutable_value().fill(0);
  flat.coefficients.mutable_value()[0] = 1;
  const Tensor one = free_pixels_of(flat);
  for (const Real u : one.values()) REQUIRE(u == Approx(1));
}

TEST_CASE("what moves has the right gradient in every parametrization") {
  for (const PixelRange range : {PixelRange::sigmoid, PixelRange::clamp}) {
    const Start start{.brightness = 0.5, .spread = 0.2};
    Pixels pixels({2, 1, 3, 4}, start, range);
    Fourier fourier({2, 1, 3, 4}, 1, start, range), odd({1, 2, 5, 3}, 0.5, start, range);
    Pyramid pyramid({2, 1, 5, 6}, 3, start, range);
    for (Parametrization* images : {static_cast<Parametrization*>(&pixels), static_cast<Parametrization*>(&fourier),
                                    static_cast<Parametrization*>(&odd), static_cast<Parametrization*>(&pyramid)}) {
      images->start(1);
      require_gradient([&](Tape& t) { return images->input(t); }, images->parameters());
    }
  }
}

TEST_CASE("a pyramid's levels are upsampled linearly, and a coarse pixel moves all that lie under it") {
  const Tensor A = upsampling(4, 2);
  const double expected[] = {1, 0, 0.75, 0.25, 0.25, 0.75, 0, 1};
  for (Index i = 0; i < 8; ++i) REQUIRE(A[i] == expected[i]);
  for (const auto& [n, m] : {std::pair<Index, Index>{5, 3}, {7, 4}, {4, 1}, {3, 3}}) {
    const Tensor B = upsampling(n, m);
    for (Index i = 0; i < n; ++i) {
      double total = 0;
      for (Index j = 0; j < m; ++j) total += B[i * m + j];
      REQUIRE(total == Approx(1));
    }
  }
  Pyramid images({1, 1, 5, 4}, 3);
  REQUIRE(images.levels[1].value().shape() == Shape{1, 1, 3, 2});
  REQUIRE(images.levels[2].value().shape() == Shape{1, 1, 2, 1});
  images.start(1);
  const Tensor before = free_pixels_of(images);
  images.levels[2].mutable_value().fill(2);
  images.levels[1].mutable_value().fill(1);
  const Tensor after = free_pixels_of(images);
  for (Index i = 0; i < before.size(); ++i) REQUIRE(after[i] - before[i] == Approx(3));
}

TEST_CASE("a start at an image is that image, one at a brightness is grey, noise is new for each seed and image") {
  const Tensor two = random_tensor({2, 1, 5, 4}, 3, 0.05, 0.95), one = row(two, 1);
  for (const PixelRange range : {PixelRange::sigmoid, PixelRange::clamp}) {
    const auto images = [&](int which, const Start& start) -> std::unique_ptr<Parametrization> {
      if (which == 0) return std::make_unique<Pixels>(Shape{2, 1, 5, 4}, start, range);
      if (which == 1) return std::make_unique<Fourier>(Shape{2, 1, 5, 4}, 1, start, range);
      return std::make_unique<Pyramid>(Shape{2, 1, 5, 4}, 2, start, range);
    };
    for (const int which : {0, 1, 2}) {
      const auto at_two = images(which, {.spread = 0, .images = two}),
                 at_one = images(which, {.spread = 0, .images = one});
      at_two->start(1);
      REQUIRE(largest_difference(input_of(*at_two), two) < 1e-12);
      at_one->start(1);
      for (const Index i : {0, 1}) REQUIRE(largest_difference(row(input_of(*at_one), i), one) < 1e-12);
      const auto grey = images(which, {.brightness = 0.3, .spread = 0}),
                 noise = images(which, {.brightness = 0.3, .spread = 0.05});
      grey->start(1);
      const Tensor level = input_of(*grey);
      for (const Real p : level.values()) REQUIRE(p == Approx(0.3));
      noise->start(1);
      const Tensor first = input_of(*noise);
      REQUIRE_FALSE(same_bits(row(first, 0), row(first, 1)));
      REQUIRE(largest_difference(first, input_of(*grey)) > 0.01);
      noise->start(2);
      REQUIRE_FALSE(same_bits(first, input_of(*noise)));
      noise->start(1);
      REQUIRE(same_bits(first, input_of(*noise)));
    }
  }
}

TEST_CASE("the noise of a Fourier start has the deviation of the pixels' noise, and is smoother") {
  const Shape shape{20, 1, 28, 28};
  const Start start{.brightness = 0.5, .spread = 0.2};
  Pixels white(shape, start);
  Fourier smooth(shape, 1, start);
  const auto figures = [](ImageParametrization& images) {
    images.start(1);
    const Tensor u = free_pixels_of(images);
    double square = 0, step = 0;
    for (Index i = 0; i + 1 < u.size(); ++i) {
      square += u[i] * u[i];
      step += (u[i + 1] - u[i]) * (u[i + 1] - u[i]);
    }
    return std::pair{std::sqrt(square / static_cast<double>(u.size())), step / square};
  };
  const auto [deviation, roughness] = figures(white);
  const auto [smooth_deviation, smoothness] = figures(smooth);
  REQUIRE(smooth_deviation == Approx(deviation).epsilon(0.1));
  REQUIRE(roughness == Approx(2).epsilon(0.05));  // neighbours that have nothing to do with each other
  REQUIRE(smoothness < 1);
}

TEST_CASE("clamped pixels hold at the ends of the range, and have no gradient beyond") {
  Pixels images({1, 1, 1, 4}, {}, PixelRange::clamp);
  images.image.mutable_value() = Tensor({1, 1, 1, 4}, {-0.5, 0.25, 1, 1.5});
  const Tensor expected({1, 1, 1, 4}, {0, 0.25, 1, 1}), slopes({1, 1, 1, 4}, {0, 1, 1, 0});
  REQUIRE(same_bits(input_of(images), expected));
  Tape t({&images.image});
  const Var y = images.input(t);
  t.backward(y, Tensor::full(y.shape(), 1));
  REQUIRE(same_bits(t.grad(images.image), slopes));
}

TEST_CASE("images that cannot be made are refused in one line") {
  REQUIRE_THROWS_WITH(Fourier({1, 5, 8}),
                      "fourier: expected a model of images (N, C, H, W), got one of inputs (1, 5, 8)");
  REQUIRE_THROWS_WITH(Fourier({1, 1, 5, 8}, -1), "fourier: expected a decay of 0 or more, got -1.000000");
  REQUIRE_THROWS_WITH(Pyramid({1, 1, 5, 8}, 0), "pyramid: expected 1 to 16 levels, got 0");
  REQUIRE_THROWS_WITH(Pixels({3, 1, 5, 8}, {.images = Tensor::zeros({2, 1, 5, 8})}),
                      "pixels: expected to start at images (3, 1, 5, 8) or at one of (1, 1, 5, 8), got (2, 1, 5, 8)");
  REQUIRE_THROWS_WITH(Pixels({1, 1, 1, 2}, {.images = Tensor({1, 1, 1, 2}, {0, 2})}),
                      "pixels: expected to start at pixels in [0, 1], got 2.000000");
}
