// PyTorch in float: 100 training steps of both models.
#include "tests/catch.h"
#include "tests/model/golden_training.h"

using namespace gradus;

TEST_CASE("float: 100 training steps of the CNN agree with PyTorch to 1e-3, and relative to the loss") {
  const auto golden = golden_training()["cnn"]["float32"].get<std::vector<double>>();
  const std::vector<double> ours = golden_cnn_losses();
  REQUIRE(largest_difference(ours, golden, false) < 1e-3);
  REQUIRE(largest_difference(ours, golden, true) < 1e-2);
}

TEST_CASE("float: 100 training steps of the GPT agree with PyTorch to 1e-3") {
  std::vector<double> norms;
  const auto golden = golden_training()["gpt"]["float32"].get<std::vector<double>>();
  REQUIRE(largest_difference(golden_gpt_losses(norms), golden, false) < 1e-3);
}
