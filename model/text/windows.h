// The windows of a text, as token ids, that a language model is trained and judged on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/index_tensor.h"

namespace gradus {

struct TokenSplit {
  std::vector<Index> train, validation;
};
GRADUS_API TokenSplit split_tokens(std::span<const Index> tokens);  // the first floor(0.9 n), and the rest

struct TextBatch {
  IndexTensor inputs;   // (B, T)
  IndexTensor targets;  // (B, T): the token after each input
};

// B windows of T tokens, each from a random place: a function of (seed, step) alone. Throws Error unless there are more
// than T tokens.
GRADUS_API TextBatch text_batch(std::span<const Index> tokens, Index B, Index T, std::uint64_t seed,
                                std::uint64_t step);

// All of the tokens as windows side by side, in batches of at most B: each token but the first is a target exactly
// once. The last window may be shorter than T; it is then a batch of its own, (1, rest). So the batches differ in size:
// a mean over the text weighs each batch by its number of targets. Throws Error for fewer than 2 tokens.
GRADUS_API std::vector<TextBatch> text_windows(std::span<const Index> tokens, Index T, Index B = 1);

}  // namespace gradus
