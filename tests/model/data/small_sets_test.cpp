// Data sets of no element, and of one.
#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "model/cnn.h"
#include "model/data/glyphs.h"
#include "model/data/load_text.h"
#include "model/data/orchard.h"
#include "model/gpt.h"
#include "model/text/windows.h"
#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("no image, and one") {
  const Images none = make_glyphs(1, 0), one = make_glyphs(1, 1);
  REQUIRE(none.size() == 0);
  REQUIRE(none.pixels.shape() == Shape{0, 1, 28, 28});
  REQUIRE(image_range(none, 0, 0).size() == 0);
  REQUIRE(image_range(one, 1, 1).size() == 0);
  REQUIRE_THROWS_AS(image_range(none, 0, 1), Error);
  REQUIRE_THROWS_WITH(image_batch(none, 1, 0, 0),
                      "images: expected a batch of at least 1 from at least 1 image, got 1 from 0");
  const Images three = image_batch(one, 3, 0, 5);  // the same one, three epochs
  REQUIRE(three.labels == std::vector<Index>(3, one.labels[0]));

  TinyCnn cnn({.channels1 = 1, .channels2 = 1, .hidden = 1});
  cnn.initialize(1);
  REQUIRE_THROWS_WITH(accuracy(cnn, none), "confusion: expected at least one image, got none");
  const double score = accuracy(cnn, one);
  REQUIRE((score == 0 || score == 1));
}

TEST_CASE("noise on a batch: Gaussian, its deviation uniform for each image, a function of seed and place") {
  const Images images = make_glyphs(1, 40);
  const Images plain = image_batch(images, 400, 7, 0), noisy = image_batch(images, 400, 7, 0, 0.8);
  REQUIRE(noisy.labels == plain.labels);
  std::vector<double> deviations;
  double mean = 0, fourth = 0;
  for (Index i = 0; i < 400; ++i) {
    double square = 0, power = 0;
    for (Index j = i * 784; j < (i + 1) * 784; ++j) {
      const double d = static_cast<double>(noisy.pixels[j] - plain.pixels[j]);
      mean += d;
      square += d * d / 784;
      power += d * d * d * d / 784;
    }
    deviations.push_back(std::sqrt(square));
    fourth += power / (square * square) / 400;
  }
  REQUIRE(std::abs(mean / (400 * 784)) < 0.005);
  REQUIRE(fourth == Approx(3).margin(0.05));  // of a normal distribution; 1.8 of a uniform one
  std::sort(deviations.begin(), deviations.end());
  for (int tenth = 1; tenth < 10; ++tenth) REQUIRE(deviations[40 * tenth] == Approx(0.08 * tenth).margin(0.08));
  REQUIRE(deviations.back() < 0.85);

  REQUIRE(same_bits(noisy.pixels, image_batch(images, 400, 7, 0, 0.8).pixels));
  REQUIRE_FALSE(same_bits(noisy.pixels, image_batch(images, 400, 8, 0, 0.8).pixels));
  REQUIRE(same_bits(plain.pixels, image_batch(images, 400, 7, 0, 0).pixels));
  // The images 200 to 399 of the stream, in whichever batches they come.
  const Images second = image_batch(images, 200, 7, 1, 0.8);
  REQUIRE(std::equal(second.pixels.data(), second.pixels.data() + 200 * 784, noisy.pixels.data() + 200 * 784));
  for (const double bad : {-0.5, static_cast<double>(NAN), static_cast<double>(INFINITY)})
    REQUIRE_THROWS_WITH(image_batch(images, 4, 7, 0, bad),
                        Catch::Contains("images: expected a finite noise of 0 or more"));
}

TEST_CASE("no token, and one") {
  const std::vector<Index> none, one = {2};
  REQUIRE(split_tokens(none).train.empty());
  REQUIRE(split_tokens(one).train.empty());
  REQUIRE(split_tokens(one).validation == one);
  REQUIRE_THROWS_AS(text_batch(none, 1, 1, 0, 0), Error);
  REQUIRE_THROWS_AS(text_batch(one, 1, 1, 0, 0), Error);
  REQUIRE_THROWS_AS(text_windows(none, 4), Error);
  REQUIRE_THROWS_AS(text_windows(one, 4), Error);
  TinyGpt gpt({.vocab_size = 3, .block_size = 4, .n_layer = 1, .n_head = 1, .n_embd = 2});
  gpt.initialize(1);
  REQUIRE_THROWS_AS(mean_loss(gpt, none), Error);
  REQUIRE_THROWS_AS(mean_loss(gpt, one), Error);
  REQUIRE_THROWS_AS(generate(gpt, none, 1, {}), InputError);
  REQUIRE(generate(gpt, one, 0, {}) == one);
  REQUIRE(make_orchard(1, 0).ids().empty());
  REQUIRE(!parse_orchard(none).belongs);
  REQUIRE(orchard_tokenizer()->decode(none).empty());

  const TemporaryFolder folder;
  const TextData letter = load_text_data(folder.file("a", "a"), 0);
  REQUIRE(letter.tokenizer->size() == 1);
  REQUIRE(letter.train.empty());
  REQUIRE(letter.validation == std::vector<Index>{0});
}
