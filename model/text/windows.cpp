#include "model/text/windows.h"

#include "autograd/error.h"
#include "autograd/random.h"

namespace gradus {
namespace {

// Window k of the result starts at starts[k] and holds T inputs; the targets are one token further.
TextBatch windows_at(std::span<const Index> tokens, std::span<const Index> starts, Index T) {
  TextBatch batch;
  batch.inputs.shape = batch.targets.shape = {static_cast<Index>(starts.size()), T};
  for (const Index start : starts) {
    const auto from = tokens.begin() + start;
    batch.inputs.values.insert(batch.inputs.values.end(), from, from + T);
    batch.targets.values.insert(batch.targets.values.end(), from + 1, from + 1 + T);
  }
  return batch;
}

void check_sizes(const char* function, Index B, Index T) {
  if (B < 1 || T < 1)
    throw Error(std::string(function) + ": expected B and T of at least 1, got " + std::to_string(B) + " and " +
                std::to_string(T));
}

}  // namespace

TokenSplit split_tokens(std::span<const Index> tokens) {
  const auto middle = tokens.begin() + std::ssize(tokens) * 9 / 10;
  return {{tokens.begin(), middle}, {middle, tokens.end()}};
}

TextBatch text_batch(std::span<const Index> tokens, Index B, Index T, std::uint64_t seed, std::uint64_t step) {
  check_sizes("text_batch", B, T);
  const Index n = std::ssize(tokens);
  if (n <= T)
    throw Error("text_batch: expected more than T = " + std::to_string(T) + " tokens, got " + std::to_string(n));
  Random random(seed, "text batch", step);
  std::vector<Index> starts(B);
  for (Index& start : starts) start = random.below(n - T);
  return windows_at(tokens, starts, T);
}

std::vector<TextBatch> text_windows(std::span<const Index> tokens, Index T, Index B) {
  check_sizes("text_windows", B, T);
  const Index targets = std::ssize(tokens) - 1;
  if (targets < 1) throw Error("text_windows: expected at least 2 tokens, got " + std::to_string(tokens.size()));
  std::vector<TextBatch> batches;
  std::vector<Index> starts;
  const Index whole = targets / T;  // windows of full length
  for (Index k = 0; k < whole; ++k) {
    starts.push_back(k * T);
    if (std::ssize(starts) < B && k + 1 < whole) continue;
    batches.push_back(windows_at(tokens, starts, T));
    starts.clear();
  }
  const Index rest = targets - whole * T, last = whole * T;
  if (rest > 0) batches.push_back(windows_at(tokens, {&last, 1}, rest));
  return batches;
}

}  // namespace gradus
