#include "model/data/glyphs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "autograd/error.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

// What can be measured in a picture, its values taken as masses.
struct Measures {
  double mass = 0, x = 0, y = 0;                 // sum, and centre of mass in pixels
  double x_spread = 0, y_spread = 0, shear = 0;  // standard deviations, and the slope of x over y
};

Measures measure(const Tensor& image) {
  Measures m;
  for (Index i = 0; i < glyph_pixels; ++i) {
    m.mass += image[i];
    m.x += image[i] * static_cast<double>(i % 28);
    m.y += image[i] * static_cast<double>(i / 28);
  }
  m.x /= m.mass;
  m.y /= m.mass;
  double xx = 0, yy = 0, xy = 0;
  for (Index i = 0; i < glyph_pixels; ++i) {
    const double dx = static_cast<double>(i % 28) - m.x, dy = static_cast<double>(i / 28) - m.y;
    xx += image[i] * dx * dx / m.mass;
    yy += image[i] * dy * dy / m.mass;
    xy += image[i] * dx * dy / m.mass;
  }
  m.x_spread = std::sqrt(xx);
  m.y_spread = std::sqrt(yy);
  m.shear = xy / yy;
  return m;
}

Measures measure(GlyphSample sample, double GlyphFactors::*factor, double value) {
  sample.factors.*factor = value;
  return measure(glyph_image(sample));
}

// The dark regions that ink encloses, of at least 3 pixels: smaller ones are gaps between strokes that nearly touch.
int holes(const Tensor& image) {
  std::array<bool, glyph_pixels> seen{};
  int regions = 0;
  for (Index start = 0; start < glyph_pixels; ++start) {
    std::vector<Index> region, open = {start};
    while (!open.empty()) {
      const Index i = open.back(), x = i % 28, y = i / 28;
      open.pop_back();
      if (seen[i] || image[i] >= 0.5) continue;
      seen[i] = true;
      region.push_back(i);
      if (x > 0) open.push_back(i - 1);
      if (x < 27) open.push_back(i + 1);
      if (y > 0) open.push_back(i - 28);
      if (y < 27) open.push_back(i + 28);
    }
    if (region.size() >= 3) ++regions;
  }
  return regions - 1;  // without the background
}

int loops(const GlyphSample& sample) {
  return sample.has(glyph_two_loops) ? 2 : sample.has(glyph_loop) ? 1 : 0;
}

}  // namespace

TEST_CASE("a glyph is a function of seed and number alone") {
  const Images all = make_glyphs(3, 40), tail = make_glyphs(3, 15, 25), one_thread = make_glyphs(3, 40, 0, 1);
  REQUIRE(all.pixels.shape() == Shape{40, 1, 28, 28});
  REQUIRE(all.size() == 40);
  REQUIRE(all.glyphs.size() == 40);
  REQUIRE(same_bits(image_range(all, 25, 40).pixels, tail.pixels));
  REQUIRE(same_bits(all.pixels, one_thread.pixels));
  for (std::size_t i = 0; i < 15; ++i) {
    REQUIRE(tail.glyphs[i].number == all.glyphs[i + 25].number);
    REQUIRE(tail.labels[i] == all.labels[i + 25]);
    REQUIRE(tail.labels[i] == tail.glyphs[i].label);
    REQUIRE(tail.glyphs[i].factors.slant == all.glyphs[i + 25].factors.slant);
  }
  REQUIRE(same_bits(glyph_image(all.glyphs[7]), image_range(all, 7, 8).pixels));
  REQUIRE_FALSE(same_bits(make_glyphs(4, 40).pixels, all.pixels));
}

TEST_CASE("each factor moves the picture as glyph.h says") {
  for (int label = 0; label < glyph_classes; ++label)
    for (int variant = 0; variant < glyph_variants(label); ++variant) {
      INFO("digit " << label << ", variant " << variant);
      GlyphSample sample = plain_glyph(label, variant);
      sample.factors.scale = 0.8;  // room for every change
      const Measures plain = measure(glyph_image(sample));
      // the ends of strokes fall differently on the pixels
      REQUIRE(measure(sample, &GlyphFactors::shift_x, 1.3).x - plain.x == Approx(1.3).margin(0.06));
      REQUIRE(measure(sample, &GlyphFactors::shift_y, -1.6).y - plain.y == Approx(-1.6).margin(0.06));
      REQUIRE(measure(sample, &GlyphFactors::slant, 0.3).shear - plain.shear == Approx(-0.3).margin(0.05));
      REQUIRE(measure(sample, &GlyphFactors::scale, 1.0).y_spread / plain.y_spread == Approx(1.25).margin(0.03));
      REQUIRE(measure(sample, &GlyphFactors::thickness, 3).mass / plain.mass == Approx(1.5).margin(0.15));
      if (label != 1)
        REQUIRE(measure(sample, &GlyphFactors::width, 1.15).x_spread / plain.x_spread == Approx(1.15).margin(0.04));
    }
}

TEST_CASE("a shift by whole pixels moves every pixel") {
  const GlyphSample sample = plain_glyph(3);
  GlyphSample shifted = sample;
  shifted.factors.shift_x = 1;
  shifted.factors.shift_y = -2;
  const Tensor here = glyph_image(sample), there = glyph_image(shifted);
  for (Index y = 2; y < 28; ++y)
    for (Index x = 0; x < 27; ++x)
      REQUIRE(there.at({0, 0, y - 2, x + 1}) == Approx(here.at({0, 0, y, x})).margin(1.01 / 255));
}

TEST_CASE("the waist moves the middle and leaves the ends") {
  GlyphSample four = plain_glyph(4);
  const auto row_of_bar = [&] {
    const Tensor image = glyph_image(four);
    std::array<double, 28> ink{};
    for (Index i = 0; i < glyph_pixels; ++i) ink[i / 28] += image[i];
    return std::max_element(ink.begin(), ink.end()) - ink.begin();
  };
  REQUIRE(row_of_bar() == 15);  // v = 0.18: 13.5 + 8.8 * 0.18 = 15.1
  four.factors.waist = 0.25;
  REQUIRE(row_of_bar() == 17);  // v' = 0.18 + 0.25 (1 - 0.18^2): 2.1 pixels lower
  const Tensor bent = glyph_image(plain_glyph(1));
  GlyphSample one = plain_glyph(1);
  one.factors.waist = 0.25;
  for (Index i = 0; i < glyph_pixels; ++i) REQUIRE(glyph_image(one)[i] == Approx(bent[i]).margin(1.01 / 255));
}

TEST_CASE("a stem has the ink of its length and thickness") {
  GlyphSample one = plain_glyph(1);
  for (const double thickness : {1.5, 2.0, 3.0}) {
    one.factors.thickness = thickness;
    // a rectangle and two half discs
    const double expected = thickness * 2 * 8.8 + std::acos(-1.0) * thickness * thickness / 4;
    REQUIRE(measure(glyph_image(one)).mass == Approx(expected).epsilon(0.03));
  }
}

TEST_CASE("noise has its standard deviation, wobble moves the points, and both keep their directions") {
  GlyphSample sample = plain_glyph(1);
  sample.seed = 5;
  const Tensor clean = glyph_image(sample);
  sample.factors.noise = 0.1;
  const Tensor noisy = glyph_image(sample);
  double sum = 0, count = 0;
  for (Index i = 0; i < glyph_pixels; ++i)
    if (clean[i] == 0) {
      sum += noisy[i];
      ++count;
    }
  // the mean of max(0, normal) is sd / sqrt(2 pi) = 0.0399; of some 700 pixels, give or take 0.0022
  REQUIRE(sum / count == Approx(0.0399).margin(0.007));
  sample.factors.noise = 0.05;
  const Tensor fainter = glyph_image(sample);
  for (Index i = 0; i < glyph_pixels; ++i)
    if (clean[i] == 0) REQUIRE(fainter[i] == Approx(noisy[i] / 2).margin(1.01 / 255));

  GlyphSample next = sample;
  next.number = 1;
  REQUIRE_FALSE(same_bits(glyph_image(next), fainter));  // each sample has noise of its own

  sample.factors.noise = 0;
  sample.factors.wobble = 0.05;
  const Measures moved = measure(glyph_image(sample)), plain = measure(clean);
  sample.factors.wobble = 0.1;
  const Measures further = measure(glyph_image(sample));
  REQUIRE(std::abs(moved.x - plain.x) > 0.01);
  REQUIRE(further.x - plain.x == Approx(2 * (moved.x - plain.x)).margin(0.05));
}

TEST_CASE("the parts of a digit are those of its strokes") {
  const unsigned bar = glyph_bar, stem = glyph_stem, diagonal = glyph_diagonal, curve = glyph_curve, loop = glyph_loop;
  const std::vector<std::vector<unsigned>> expected = {{loop, curve},
                                                       {stem, diagonal | stem | bar},
                                                       {curve | bar, curve | loop},
                                                       {curve, bar | diagonal | curve},
                                                       {stem | bar, stem | bar | diagonal | loop},
                                                       {bar | stem | curve, curve},
                                                       {curve | loop, diagonal | loop},
                                                       {bar | diagonal, bar | diagonal},
                                                       {loop | glyph_two_loops},
                                                       {loop | stem, loop | curve}};
  for (int label = 0; label < glyph_classes; ++label)
    for (int variant = 0; variant < glyph_variants(label); ++variant) {
      INFO("digit " << label << ", variant " << variant);
      const GlyphSample sample = plain_glyph(label, variant);
      REQUIRE(sample.parts == expected[label][variant]);
      REQUIRE(holes(glyph_image(sample)) == loops(sample));
    }
}

TEST_CASE("pictures show the loops that their samples tell of") {
  int agree = 0;
  constexpr int count = 4000;
  for (Index i = 0; i < count; ++i) {
    GlyphSample sample = glyph_sample(5, i);
    sample.factors.noise = 0;
    agree += holes(glyph_image(sample)) == loops(sample);
  }
  REQUIRE(agree > 0.98 * count);
}

TEST_CASE("a part is not a mere function of the label, and factors fill their ranges") {
  constexpr int count = 40000;
  int open_zeros = 0;
  double slant = 0, thickness = 0;
  for (Index i = 0; i < count; ++i) {
    const GlyphSample sample = glyph_sample(5, i);
    open_zeros += sample.label == 0 && !sample.has(glyph_loop);
    slant += sample.factors.slant / count;
    thickness += sample.factors.thickness / count;
  }
  REQUIRE(open_zeros == Approx(0.1 * 0.25 * count).margin(126));  // four standard deviations
  REQUIRE(slant == Approx(0.15).margin(0.004));                   // the middles of the ranges, again four
  REQUIRE(thickness == Approx(2.35).margin(0.01));
}

TEST_CASE("Glyphs have MNIST's contrast, all classes, and cannot be told apart by their means") {
  const Images train = make_glyphs(1, 4000), test = make_glyphs(2, 1000);
  double mean = 0;
  for (const Real x : train.pixels.values()) {
    REQUIRE((x >= 0 && x <= 1));
    mean += x / static_cast<double>(train.pixels.size());
  }
  REQUIRE(mean == Approx(0.1307).margin(0.01));  // MNIST's

  std::vector<double> means(10 * glyph_pixels), counts(10);
  for (Index i = 0; i < train.size(); ++i) {
    const Index label = train.labels[i];
    ++counts[label];
    for (Index k = 0; k < glyph_pixels; ++k) means[label * glyph_pixels + k] += train.pixels[i * glyph_pixels + k];
  }
  int right = 0;
  for (Index i = 0; i < test.size(); ++i) {
    Index nearest = 0;
    double least = INFINITY;
    for (Index label = 0; label < 10; ++label) {
      double distance = 0;
      for (Index k = 0; k < glyph_pixels; ++k)
        distance += std::pow(test.pixels[i * glyph_pixels + k] - means[label * glyph_pixels + k] / counts[label], 2);
      if (distance < least) nearest = label;
      least = std::min(least, distance);
    }
    right += nearest == test.labels[i];
  }
  for (const double count : counts) REQUIRE(count == Approx(400).margin(80));
  REQUIRE(right > 500);
  REQUIRE(right < 850);
}

TEST_CASE("batches of images are a function of seed and step") {
  const Images images = make_glyphs(1, 50);
  const Images batch = image_batch(images, 8, 7, 3);
  REQUIRE(batch.pixels.shape() == Shape{8, 1, 28, 28});
  REQUIRE(same_bits(batch.pixels, image_batch(images, 8, 7, 3).pixels));
  REQUIRE_FALSE(same_bits(batch.pixels, image_batch(images, 8, 7, 4).pixels));
  REQUIRE_FALSE(same_bits(batch.pixels, image_batch(images, 8, 8, 3).pixels));
  for (Index i = 0; i < 8; ++i) {
    REQUIRE(batch.labels[i] == batch.glyphs[i].label);
    REQUIRE(same_bits(image_range(batch, i, i + 1).pixels, glyph_image(batch.glyphs[i])));
  }
}

TEST_CASE("batches visit every image once an epoch, each epoch in another order") {
  const Images images = make_glyphs(1, 10);
  std::vector<Index> order;
  for (std::uint64_t step = 0; step < 5; ++step)  // two epochs of 10 in batches of 4
    for (const GlyphSample& g : image_batch(images, 4, 7, step).glyphs) order.push_back(g.number);
  const std::vector<Index> first(order.begin(), order.begin() + 10), second(order.begin() + 10, order.end());
  REQUIRE(std::set<Index>(first.begin(), first.end()).size() == 10);
  REQUIRE(std::set<Index>(second.begin(), second.end()).size() == 10);
  REQUIRE(first != second);
}

TEST_CASE("images are refused with one clear line") {
  REQUIRE_THROWS_WITH(plain_glyph(10), "glyph: expected a label of 0 to 9, got 10");
  REQUIRE_THROWS_WITH(plain_glyph(8, 1), "glyph: digit 8 has no variant 1");
  REQUIRE_THROWS_WITH(make_glyphs(1, -1), "glyphs: expected a count and a first number of 0 or more, got -1 and 0");
  REQUIRE_THROWS_WITH(images_from_bytes(std::vector<std::uint8_t>(785), {1}),
                      "images: expected 784 bytes for each of 1 labels, got 785");
  const Images images = make_glyphs(1, 5);
  REQUIRE_THROWS_WITH(image_range(images, 2, 6), "images: expected a range within 0 to 5, got 2 to 6");
  REQUIRE_THROWS_WITH(image_batch(images, 0, 1, 1),
                      "images: expected a batch of at least 1 from at least 1 image, got 0 from 5");
  REQUIRE_THROWS_WITH(image_batch({}, 4, 1, 1),
                      "images: expected a batch of at least 1 from at least 1 image, got 4 from 0");
}
