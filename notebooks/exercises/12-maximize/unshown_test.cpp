#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "model/cnn.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("both penalties pass the gradient check, on an image that is not square") {
  Parameter x("x", Tensor({1, 1, 3, 4}, {0.1, 0.9, 0.3, 0.45, 0.8, 0.2, 0.65, 0.05, 0.5, 0.7, 0.15, 0.95}));
  CHECK_THAT(gradcheck([&](Tape& t) { return my_mean_square(t.leaf(x)); }, {&x}), PassesGradcheck());
  CHECK_THAT(gradcheck([&](Tape& t) { return my_total_variation(t.leaf(x)); }, {&x}), PassesGradcheck());
}

TEST_CASE("each penalty alone does what it says") {
  TinyCnn cnn{SafetensorsFile(GRADUS_SOURCE_DIR "/model/weights/cnn.safetensors")};
  const Unit unit = Unit::parse("conv2.relu:5");
  const auto of = [](Var (*penalty)(Var), const Tensor& image) {
    Tape t;
    return penalty(t.constant(image)).item();
  };
  const Tensor plain = my_maximize(cnn, unit, {}, 60), dark = my_maximize(cnn, unit, {.l2 = 30}, 60);
  const Tensor smooth = my_maximize(cnn, unit, {.total_variation = 30}, 60);
  CHECK(of(my_mean_square, dark) < of(my_mean_square, plain));
  CHECK(of(my_total_variation, smooth) < of(my_total_variation, plain));
}

TEST_CASE("the same call gives the same image, and no step gives the start") {
  TinyCnn cnn{SafetensorsFile(GRADUS_SOURCE_DIR "/model/weights/cnn.safetensors")};
  const Unit unit = Unit::parse("logits:8");
  const Tensor a = my_maximize(cnn, unit, {.l2 = 1}, 10), b = my_maximize(cnn, unit, {.l2 = 1}, 10),
               start = my_maximize(cnn, unit, {.l2 = 1}, 0);
  CHECK(hash(a) == hash(b));
  CHECK(hash(a) != hash(start));
}
