// PyTorch in double: 100 training steps of both models.
#include "tests/model/golden_training.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the random streams are those that the golden files were made from") {
  const auto golden = golden_training();
  REQUIRE(golden["random"].size() == 4);
  for (const auto& draw : golden["random"]) {
    Random random(draw["seed"], draw["purpose"].get<std::string>(), draw["step"]);
    for (int i = 0; i < draw["index"]; ++i) random.bits();
    const std::string kind = draw["draw"];
    INFO(draw.dump());
    if (kind == "bits") REQUIRE(random.bits() == draw["value"].get<std::uint64_t>());
    if (kind == "below") REQUIRE(random.below(draw["bound"]) == draw["value"].get<Index>());
    if (kind == "uniform" && !draw.contains("low")) REQUIRE(random.uniform() == draw["value"].get<double>());
    if (kind == "uniform" && draw.contains("low"))
      REQUIRE(random.uniform(draw["low"], draw["high"]) == Approx(draw["value"].get<double>()).epsilon(1e-15));
  }
}

TEST_CASE("100 training steps of the CNN agree with PyTorch in double") {
  const auto golden = golden_training()["cnn"]["float64"].get<std::vector<double>>();
  REQUIRE(golden.size() == 100);
  REQUIRE(largest_difference(golden_cnn_losses(), golden, true) < 1e-8);
}

TEST_CASE("100 training steps of the GPT agree with PyTorch in double, losses and gradient norms") {
  const auto golden = golden_training()["gpt"];
  std::vector<double> norms;
  REQUIRE(largest_difference(golden_gpt_losses(norms), golden["float64"].get<std::vector<double>>(), true) < 1e-8);
  REQUIRE(largest_difference(norms, golden["gradient_norms"].get<std::vector<double>>(), true) < 1e-7);
}
