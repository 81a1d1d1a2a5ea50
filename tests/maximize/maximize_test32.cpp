// Maximization with the weights that come with gradus: what the README promises, measured.
#include <algorithm>

#include "autograd/error.h"
#include "maximize/both_directions.h"
#include "maximize/judges/judge.h"
#include "maximize/judges/nearest.h"
#include "maximize/observation/observe.h"
#include "maximize/searches/image_search.h"
#include "model/data/glyphs.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

const auto go_on = [](const Moment&) { return true; };

TinyCnn& trained_cnn() {
  static TinyCnn cnn{SafetensorsFile(GRADUS_SOURCE_DIR "/model/weights/cnn.safetensors")};
  return cnn;
}

// The largest value over all images that each unit of a layer has, as activation() defines it.
std::vector<double> data_maxima(const std::string& address, const Images& images) {
  std::vector<double> maxima;
  Tape t;
  for (Index begin = 0; begin < images.size(); begin += 200) {
    t.clear();
    Var x = run_to(trained_cnn(), t.constant(image_range(images, begin, begin + 200).pixels), address);
    if (x.shape().rank() == 4) x = mean(x, {2, 3});
    const Index units = x.shape()[1];
    maxima.resize(units, -1e300);
    for (Index i = 0; i < x.value().size(); ++i)
      maxima[i % units] = std::max(maxima[i % units], static_cast<double>(x.value()[i]));
  }
  return maxima;
}

// How many of a layer's units the maximized image excites more than every one of `images` does.
int units_above_the_data(const std::string& address, const Images& images) {
  const std::vector<double> maxima = data_maxima(address, images);
  const Unit first = Unit::parse(address + ":0");
  REQUIRE(observe(trained_cnn(), images, first, 1).most.front().value == Approx(maxima.front()).epsilon(1e-6));
  int above = 0;
  for (std::size_t i = 0; i < maxima.size(); ++i) {
    const Unit unit = Unit::parse(address + ":" + std::to_string(i));
    try {
      const Record s = maximize_image(trained_cnn(), unit, {.steps = 200, .data_maximum = maxima[i]}, go_on);
      for (const Real p : s.end().values()) REQUIRE((p >= 0 && p <= 1));
      REQUIRE(s.leaf_gradients == 1);
      above += s.activation().back() > maxima[i];
      UNSCOPED_INFO(unit.str() << ": " << s.activation().back() << " against " << maxima[i]);
    } catch (const Error& e) {
      UNSCOPED_INFO(e.what());  // a dead unit counts as one that was not raised
    }
  }
  return above;
}

}  // namespace

TEST_CASE("the shipped CNN names at least 99 % of new digits") {
  REQUIRE(accuracy(trained_cnn(), make_glyphs(0, 2000, 20000)) >= 0.99);
}

TEST_CASE(
    "the shipped CNN that was trained with noise names at least 99 % of new digits, and more of what noise hides than the plain one") {
  const TinyCnn noise{SafetensorsFile(GRADUS_SOURCE_DIR "/model/weights/cnn_noise.safetensors")};
  const Images digits = make_glyphs(0, 2000, 20000), hidden = image_batch(digits, 2000, 1, 0, 1);
  REQUIRE(accuracy(noise, digits) >= 0.99);
  REQUIRE(accuracy(noise, hidden) > accuracy(trained_cnn(), hidden) + 0.1);
  REQUIRE(accuracy(noise, hidden) > 0.9);
}

TEST_CASE("maximized images beat the whole data set: every logit, every conv2 channel, in 9 of 10 at least") {
  const Images data = make_glyphs(0, 22000);  // what it was trained and tested on
  const std::uint64_t before = hash(trained_cnn().parameters());
  REQUIRE(units_above_the_data("logits", data) >= 9);
  REQUIRE(units_above_the_data("conv2.relu", data) >= 29);
  REQUIRE(hash(trained_cnn().parameters()) == before);
}

TEST_CASE(
    "the network that was trained with noise shows digits, the plain one does not, and without a penalty nothing is one") {
  TinyCnn noise{SafetensorsFile(GRADUS_SOURCE_DIR "/model/weights/cnn_noise.safetensors")};
  const Images data = make_glyphs(0, 4000);
  struct Result {
    int digits[2];  // that each judge takes for what they are meant to be
    double cosine;
  };
  const auto result = [&](TinyCnn& cnn, ImageSearch how) {
    Tensor ten(Shape{10, 1, 28, 28});
    for (Index digit = 0; digit < 10; ++digit) {
      const Unit unit = Unit::parse("logits:" + std::to_string(digit));
      how.data_maximum = observe(cnn, data, unit, 1).most.front().value;
      const Record found = maximize_image(cnn, unit, how, go_on);
      std::copy_n(found.end().data(), glyph_pixels, ten.data() + digit * glyph_pixels);
    }
    Result all{};
    for (int j : {0, 1}) {
      const Judge judge(
          SafetensorsFile(GRADUS_SOURCE_DIR "/model/weights/judge" + std::to_string(j + 1) + ".safetensors"));
      const std::vector<Opinion> opinions = judged(judge, ten);
      for (Index digit = 0; digit < 10; ++digit)
        all.digits[j] += opinions[static_cast<std::size_t>(digit)].label == digit;
    }
    for (const NearestImage& n : nearest_images(ten, data)) all.cosine += n.cosine / 10;
    return all;
  };
  const Result readable = result(noise, {}), plain = result(trained_cnn(), {}),
               free = result(
                   noise,
                   {.penalty = {.l2 = 0, .total_variation = 0}, .basis = ImageBasis::pixels, .view = {.jitter = 0}});
  for (int j : {0, 1}) {
    INFO("judge " << j + 1);
    CHECK(readable.digits[j] >= 8);
    CHECK(plain.digits[j] <= 3);
    CHECK(free.digits[j] <= 1);
  }
  CHECK(readable.cosine >= 0.65);
}

TEST_CASE("the judges that come with gradus are as good as their files say, on images that they have not seen") {
  for (const char* name : {"judge1", "judge2"}) {
    const SafetensorsFile file(GRADUS_SOURCE_DIR "/model/weights/" + std::string(name) + ".safetensors");
    const Judge::Errors told = errors_in(file), found = errors_of(Judge(file), make_glyphs(1, 1000), 4);
    REQUIRE((told.natural < 0.04 && told.reject < 0.04));
    REQUIRE(std::abs(found.natural - told.natural) < 0.02);
    REQUIRE(std::abs(found.reject - told.reject) < 0.02);
  }
}

TEST_CASE("training changes the weights and not the data, maximization the input and not the weights") {
  TinyCnn cnn(CnnConfig{});
  cnn.initialize(1);
  const Images data = make_glyphs(1, 200);
  const std::uint64_t images = hash(data.pixels), weights = hash(cnn.parameters());
  std::size_t buffers = 0;
  train(cnn, data, {.size = 16, .seed = 1}, Adam{1e-3}, 3, [&](const Step& s) {
    buffers = s.tape.counts().leaf_gradients;
    return true;
  });
  REQUIRE(hash(data.pixels) == images);
  REQUIRE(hash(cnn.parameters()) != weights);
  REQUIRE(buffers == cnn.parameters().size());  // one gradient for each weight tensor, none for the images

  const std::uint64_t trained = hash(cnn.parameters());
  const Record s = maximize_image(cnn, Unit::parse("logits:3"), {.steps = 3}, go_on);
  REQUIRE(hash(cnn.parameters()) == trained);
  REQUIRE(s.leaf_gradients == 1);
  REQUIRE_FALSE(same_bits(s.start(), s.end()));
}

TEST_CASE("a search records every step, its snapshots belong to their steps, and it is a function of its seed") {
  const Unit unit = Unit::parse("logits:3");
  const ImageSearch how{.steps = 40, .view = {.jitter = 0}, .snapshots = 8, .seed = 5};
  const Record s = maximize_image(trained_cnn(), unit, how, go_on);
  REQUIRE(s.activation().size() == 41);
  REQUIRE(s.snapshots.front().step == 0);
  REQUIRE(s.snapshots.back().step == 40);
  REQUIRE(s.snapshots.size() == 9);
  for (const Snapshot& shot : s.snapshots) {
    Tape t;
    REQUIRE(activation(trained_cnn(), t.constant(shot.input), unit).item() ==
            Approx(s.activation()[shot.step]).epsilon(1e-5));
  }
  REQUIRE(s.activation().back() > s.activation().front());
  ImageSearch one_thread = how, other_seed = how;
  one_thread.threads = 1;
  other_seed.seed = 6;
  REQUIRE(same_bits(s.end(), maximize_image(trained_cnn(), unit, one_thread, go_on).end()));
  REQUIRE_FALSE(same_bits(s.end(), maximize_image(trained_cnn(), unit, other_seed, go_on).end()));
  const Record stopped = maximize_image(trained_cnn(), unit, how, [](const Moment& m) { return m.step < 10; });
  REQUIRE(stopped.stopped);
  REQUIRE(stopped.activation().size() == 11);
}

TEST_CASE("a unit that is dead on every noise is reported, not maximized in vain") {
  TinyCnn cnn(CnnConfig{});
  cnn.initialize(1);
  cnn.conv2.bias.mutable_value().fill(-1000);
  REQUIRE_THROWS_WITH(
      maximize_image(cnn, Unit::parse("conv2.relu:0"), {}, go_on),
      "maximize: conv2.relu:0 - 3 mean_square - total_variation is 0 on 32 different starts; it seems to be dead");
}

TEST_CASE("embeddings are raised by the course's recipe, and the weights stay") {
  TinyGpt gpt{SafetensorsFile(GRADUS_SOURCE_DIR "/model/weights/gpt.safetensors")};
  const std::uint64_t before = hash(gpt.parameters());
  const Unit unit = Unit::parse("h.1.mlp.act:37");
  const Record s = maximize_embeddings(gpt, unit, {.steps = 200}, go_on);
  REQUIRE(s.start().shape() == Shape{1, 5, gpt.config().n_embd});
  REQUIRE(s.activation().size() == 201);
  REQUIRE(s.activation().back() > s.activation().front() + 0.5);
  REQUIRE(s.leaf_gradients == 1);
  REQUIRE(hash(gpt.parameters()) == before);
  REQUIRE_THROWS_WITH(maximize_embeddings(gpt, unit, {.vectors = 1000}, go_on),
                      "maximize: expected at most 32 vectors, the model's context, got 1000");
}
