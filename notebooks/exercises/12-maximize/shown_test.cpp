// The penalties by hand, then what the maximized image must be.
#include <algorithm>

#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "model/cnn.h"
#include "model/data/glyphs.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

Real value_of(Var (*penalty)(Var), const Tensor& image) {
  Tape t;
  return penalty(t.constant(image)).item();
}

Real activation_on(const TinyCnn& cnn, const Tensor& images, const Unit& unit) {
  Tape t;
  return activation(cnn, t.constant(images), unit).item();
}

struct Trained {
  TinyCnn cnn{SafetensorsFile(GRADUS_SOURCE_DIR "/model/weights/cnn.safetensors")};
  Unit unit = Unit::parse("logits:3");
};

}  // namespace

TEST_CASE("mean square: of (1 2 3, 4 5 6) it is 91/6") {
  INFO("(1 + 4 + 9 + 16 + 25 + 36) / 6: a mean, so that a weight means the same for an image of any size");
  CHECK(value_of(my_mean_square, Tensor({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6})) == Approx(91.0 / 6).epsilon(1e-14));
}

TEST_CASE("total variation: of (1 2 4, 4 5 9)") {
  INFO("down: 3, 3, 5, the mean is 11/3. To the right: 1, 2, 1, 4, the mean is 2. Together 17/3");
  CHECK(value_of(my_total_variation, Tensor({1, 1, 2, 3}, {1, 2, 4, 4, 5, 9})) == Approx(17.0 / 3).epsilon(1e-14));
  INFO("of (5 0, 0 5), where one difference is positive and one negative: |-5|, |5|, so 5 + 5 = 10, not 0");
  CHECK(value_of(my_total_variation, Tensor({1, 1, 2, 2}, {5, 0, 0, 5})) == Approx(10).epsilon(1e-14));
}

TEST_CASE("maximized: more than any of 300 digits reach, and the weights stay") {
  Trained a;
  const std::uint64_t before = hash(a.cnn.parameters());
  const Tensor image = my_maximize(a.cnn, a.unit, {}, 100);
  const Images digits = make_glyphs(0, 300);
  Real best = -1e9;
  Tape t;
  const Var seen = sample_values(run_to(a.cnn, t.constant(digits.pixels), "logits"), a.unit);
  for (Index n = 0; n < 300; ++n) best = std::max(best, seen.value()[n]);
  INFO("descend LOWERS what it is given: the activation must go in with a minus");
  CHECK(activation_on(a.cnn, image, a.unit) > best);
  INFO("the image moves, the network does not");
  CHECK(hash(a.cnn.parameters()) == before);
}

TEST_CASE("pixels stay in [0, 1]") {
  Trained a;
  const Tensor image = my_maximize(a.cnn, a.unit, {.l2 = 1}, 30);
  for (Index j = 0; j < image.size(); ++j) {
    REQUIRE(image[j] >= 0);
    REQUIRE(image[j] <= 1);
  }
}

TEST_CASE("regularized: smoother and darker, and still a three for the network") {
  Trained a;
  const Tensor plain = my_maximize(a.cnn, a.unit, {}, 100);
  const Tensor smooth = my_maximize(a.cnn, a.unit, {.l2 = 20, .total_variation = 100}, 100);
  INFO("a penalty is added to what is lowered. Total variation, plain and regularized");
  CHECK(value_of(my_total_variation, smooth) < 0.5 * value_of(my_total_variation, plain));
  INFO("mean square, plain and regularized");
  CHECK(value_of(my_mean_square, smooth) < 0.5 * value_of(my_mean_square, plain));
  Tape t;
  const Var logits = a.cnn(t.constant(smooth));
  INFO("the largest logit is that of 3");
  CHECK(std::max_element(logits.value().values().begin(), logits.value().values().end()) -
            logits.value().values().begin() ==
        3);
}
