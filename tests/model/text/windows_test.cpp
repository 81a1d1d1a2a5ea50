#include "model/text/windows.h"

#include <numeric>
#include <set>

#include "autograd/error.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

std::vector<Index> counted(Index n) {  // 0, 1, 2, ...: each token tells its position
  std::vector<Index> tokens(n);
  std::iota(tokens.begin(), tokens.end(), 0);
  return tokens;
}

}  // namespace

TEST_CASE("nine tenths of the tokens train, rounded down") {
  for (const Index n : {0, 1, 9, 10, 11, 19, 1115394}) {
    const std::vector<Index> tokens = counted(n);
    const TokenSplit split = split_tokens(tokens);
    REQUIRE(std::ssize(split.train) == n * 9 / 10);
    std::vector<Index> joined = split.train;
    joined.insert(joined.end(), split.validation.begin(), split.validation.end());
    REQUIRE(joined == tokens);
  }
}

TEST_CASE("a text batch is random windows, a function of seed and step alone") {
  const std::vector<Index> tokens = counted(20);
  const TextBatch batch = text_batch(tokens, 3, 5, 1, 2);
  REQUIRE(batch.inputs.shape == Shape{3, 5});
  REQUIRE(batch.targets.shape == Shape{3, 5});
  for (std::size_t b = 0; b < 3; ++b)
    for (std::size_t t = 0; t < 5; ++t) {
      REQUIRE(batch.inputs.values[5 * b + t] == batch.inputs.values[5 * b] + static_cast<Index>(t));
      REQUIRE(batch.targets.values[5 * b + t] == batch.inputs.values[5 * b + t] + 1);
    }
  REQUIRE(batch.inputs.values == text_batch(tokens, 3, 5, 1, 2).inputs.values);
  REQUIRE(batch.inputs.values != text_batch(tokens, 3, 5, 1, 3).inputs.values);
  REQUIRE(batch.inputs.values != text_batch(tokens, 3, 5, 2, 2).inputs.values);
  std::set<Index> starts;
  for (std::uint64_t step = 0; step < 300; ++step) starts.insert(text_batch(tokens, 1, 5, 1, step).inputs.values[0]);
  REQUIRE(starts.size() == 15);  // 0 to 14: the last window ends with token 19 as its last target
  REQUIRE(*starts.rbegin() == 14);
  REQUIRE(text_batch(tokens, 1, 19, 1, 0).inputs.values[0] == 0);
}

TEST_CASE("text windows make each token but the first a target exactly once") {
  for (const Index n : {2, 5, 12, 13, 14, 16, 17, 100})
    for (const Index B : {1, 2, 3, 50}) {
      INFO(n << " tokens, B " << B);
      const std::vector<Index> tokens = counted(n);
      std::vector<Index> inputs, targets;
      const std::vector<TextBatch> batches = text_windows(tokens, 4, B);
      for (std::size_t i = 0; i < batches.size(); ++i) {
        const Shape& shape = batches[i].inputs.shape;
        REQUIRE(batches[i].targets.shape == shape);
        REQUIRE(std::ssize(batches[i].inputs.values) == shape.size());
        REQUIRE(shape[0] <= B);
        if (i + 1 < batches.size()) REQUIRE(shape[1] == 4);
        inputs.insert(inputs.end(), batches[i].inputs.values.begin(), batches[i].inputs.values.end());
        targets.insert(targets.end(), batches[i].targets.values.begin(), batches[i].targets.values.end());
      }
      REQUIRE(inputs == std::vector<Index>(tokens.begin(), tokens.end() - 1));
      REQUIRE(targets == std::vector<Index>(tokens.begin() + 1, tokens.end()));
    }
  const auto batches = text_windows(counted(15), 4, 2);  // 14 targets: 3 windows of 4, and 2 more
  REQUIRE(batches.size() == 3);
  REQUIRE(batches[0].inputs.shape == Shape{2, 4});
  REQUIRE(batches[1].inputs.shape == Shape{1, 4});
  REQUIRE(batches[2].inputs.shape == Shape{1, 2});
}

TEST_CASE("windows that do not fit are refused") {
  const std::vector<Index> tokens = counted(5);
  REQUIRE_THROWS_WITH(text_batch(tokens, 1, 5, 1, 1), "text_batch: expected more than T = 5 tokens, got 5");
  REQUIRE_THROWS_WITH(text_batch(tokens, 0, 2, 1, 1), "text_batch: expected B and T of at least 1, got 0 and 2");
  REQUIRE_THROWS_WITH(text_windows(tokens, 0), "text_windows: expected B and T of at least 1, got 1 and 0");
  REQUIRE_THROWS_WITH(text_windows(counted(1), 4), "text_windows: expected at least 2 tokens, got 1");
}
