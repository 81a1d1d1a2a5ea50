// Judges of images: what they learn to reject, what they say, and how near the data is.
#include "maximize/judges/judge.h"

#include <algorithm>

#include "maximize/judges/nearest.h"
#include "maximize/judges/rejects.h"
#include "model/data/glyphs.h"
#include "model/files/weights.h"
#include "tests/autograd/check.h"
#include "tests/maximize/small.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

namespace {

// 4 images of digits 0 and 1: image i has the brightness (i + 1) / 10 everywhere, and its label is i mod 2.
Images flat_images() {
  Images images;
  images.pixels = Tensor(Shape{4, 1, 28, 28});
  for (Index i = 0; i < 4; ++i) {
    std::fill_n(images.pixels.data() + i * glyph_pixels, glyph_pixels, static_cast<Real>(i + 1) / 10);
    images.labels.push_back(i % 2);
  }
  return images;
}

}  // namespace

TEST_CASE("rejects are what they say: noise, blocks in another order, two digits at once, four quarters") {
  const Images digits = make_glyphs(3, 60);
  const Tensor all = rejects(digits, 50, 1, 0);
  for (const Real p : all.values()) REQUIRE((p >= 0 && p <= 1));
  const auto roughness = [](const Tensor& x) {
    double sum = 0;
    for (Index j = 0; j + 1 < glyph_pixels; ++j) sum += std::abs(x[j + 1] - x[j]) / glyph_pixels;
    return sum;
  };
  for (Index i = 0; i < 50; i += reject_kinds) {
    REQUIRE(roughness(row(all, i)) == Approx(1.0 / 3).margin(0.04));  // of uniform noise
    REQUIRE(roughness(row(all, i + 1)) < 0.2);
    // Blocks: the pixels of one image, none lost.
    Tensor blocks = row(all, i + 2);
    std::sort(blocks.data(), blocks.data() + glyph_pixels);
    int sources = 0;
    for (Index k = 0; k < 60; ++k) {
      Tensor digit = row(digits.pixels, k);
      const bool in_place = same_bits(digit, row(all, i + 2));
      std::sort(digit.data(), digit.data() + glyph_pixels);
      sources += same_bits(digit, blocks);
      REQUIRE_FALSE(in_place);
    }
    REQUIRE(sources >= 1);
    // Overlay: nowhere darker than one of the images.
    int below = 0;
    for (Index k = 0; k < 60; ++k) {
      bool covers = true;
      for (Index j = 0; j < glyph_pixels; ++j)
        covers = covers && all[(i + 3) * glyph_pixels + j] >= digits.pixels[k * glyph_pixels + j];
      below += covers;
    }
    REQUIRE(below >= 1);
  }
  // Each quarter of a mosaic is of one image; of flat images it is flat.
  const Tensor flat = rejects(flat_images(), 5, 2, 0);
  const Real* mosaic = flat.data() + 4 * glyph_pixels;
  for (const Index corner : {0, 14, 14 * 28, 14 * 28 + 14})
    for (Index r = 0; r < 14; ++r)
      for (Index c = 0; c < 14; ++c) REQUIRE(mosaic[corner + r * 28 + c] == mosaic[corner]);
}

TEST_CASE("rejects are a function of seed and step, and overlays need two digits") {
  const Images digits = make_glyphs(3, 20);
  REQUIRE(same_bits(rejects(digits, 10, 1, 2), rejects(digits, 10, 1, 2)));
  REQUIRE_FALSE(same_bits(rejects(digits, 10, 1, 2), rejects(digits, 10, 1, 3)));
  REQUIRE_FALSE(same_bits(rejects(digits, 10, 1, 2), rejects(digits, 10, 2, 2)));
  Images one = flat_images();
  one.labels = {7, 7, 7, 7};
  REQUIRE_THROWS_WITH(rejects(one, 5, 1, 0), "rejects: expected images of at least two digits");
  REQUIRE_THROWS_WITH(rejects({}, 5, 1, 0), "rejects: expected images of at least two digits");
}

TEST_CASE("the nearest image by the cosine, by hand") {
  Images data = flat_images();
  std::fill_n(data.pixels.data() + 2 * glyph_pixels, glyph_pixels / 2, Real(0));  // image 2: the lower half
  Tensor images = Tensor::zeros({3, 1, 28, 28});
  std::fill_n(images.data() + glyph_pixels / 2, glyph_pixels / 2, Real(0.9));  // the lower half, brighter
  std::fill_n(images.data() + glyph_pixels, glyph_pixels, Real(0.5));          // all; the last one is black
  const std::vector<NearestImage> near = nearest_images(images, data);
  REQUIRE(near[0].number == 2);
  REQUIRE(near[0].cosine == Approx(1));
  REQUIRE(near[1].number == 0);  // the first of those that are equal
  REQUIRE(near[1].cosine == Approx(1));
  REQUIRE(near[2].cosine == 0);
  const Images lower{row(data.pixels, 2), {0}, {}};
  REQUIRE(nearest_images(row(images, 1), lower)[0].cosine == Approx(std::sqrt(0.5)));
  REQUIRE_THROWS_WITH(nearest_images(images, {}), "nearest_images: expected at least one image of the data, got none");
}

TEST_CASE(
    "a judge says its most probable class, in batches of any size; its gradient is right; it is saved with its errors") {
  Judge judge;
  judge.initialize(1);
  for (Parameter* p : judge.parameters()) p->mutable_value().fill(0);
  judge.head.bias.mutable_value()[4] = std::log(10.0);  // ten others of 1: p = 10 / 20
  const Tensor many = random_tensor({300, 1, 28, 28}, 1, 0, 1);
  const std::vector<Opinion> opinions = judged(judge, many);
  REQUIRE(opinions.size() == 300);
  for (const Opinion& o : opinions) REQUIRE((o.label == 4 && std::abs(o.probability - 0.5) < 1e-9));
  judge.initialize(2);
  REQUIRE(judged(judge, row(many, 299))[0].probability == judged(judge, many)[299].probability);

  const TemporaryFolder folder;
  const std::string path = folder.path() + "/judge.safetensors";
  judge.save(path, {0.25, 0.125});
  const SafetensorsFile file(path);
  REQUIRE(errors_in(file).natural == 0.25);
  REQUIRE(errors_in(file).reject == 0.125);
  const Judge again(file);
  REQUIRE(judged(again, many)[7].probability == Approx(judged(judge, many)[7].probability));
  save_weights(path, judge.parameters());
  REQUIRE_THROWS_WITH(errors_in(SafetensorsFile(path)), path + ": the judge's 'error_natural' is not told in the file");
  Tape t;
  REQUIRE_THROWS_WITH(judge(t.constant(Tensor::zeros({1, 1, 28, 27}))),
                      Catch::Contains("Judge: expected images (N, 1, 28, 28), got (1, 1, 28, 27)"));
}

TEST_CASE(
    "a judge learns: after some steps it tells digits and rejects apart better than before, the same every time") {
  const Images digits = make_glyphs(3, 200);
  const auto after = [&](int steps) {
    Judge judge;
    judge.initialize(1);
    train(judge, digits, 10, 1, Adam{3e-3}, steps, [](const Step&) { return true; });
    return errors_of(judge, digits, 5);
  };
  const Judge::Errors before = after(0), learned = after(40), same = after(40);
  REQUIRE(before.natural + before.reject > 0.8);
  REQUIRE(learned.natural + learned.reject < before.natural + before.reject - 0.1);
  REQUIRE(learned.natural == same.natural);
}
