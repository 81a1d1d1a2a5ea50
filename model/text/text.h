// Plain text as tokens, one character each, and the windows that a language model is trained and judged on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/index_tensor.h"

namespace gradus {

// One token for each distinct character of a text. A character is a Unicode code point in UTF-8, as in Python's
// sorted(set(text)): the vocabulary is in the order of the code points.
class GRADUS_API CharTokenizer {
 public:
  explicit CharTokenizer(std::string_view text);  // throws InputError where the text is empty or not UTF-8
  static CharTokenizer from_vocabulary(std::vector<std::string> characters);  // in this order, each once

  Index size() const { return static_cast<Index>(vocabulary_.size()); }
  const std::vector<std::string>& vocabulary() const { return vocabulary_; }

  // Throws InputError for a character that is not in the vocabulary, which it names with its position (from 0).
  std::vector<Index> encode(std::string_view text) const;
  std::string decode(std::span<const Index> ids) const;  // throws InputError for an id that is not 0 ... size() - 1

 private:
  CharTokenizer() = default;
  std::vector<std::string> vocabulary_;
};

// The bytes of a file. Throws InputError, which names the path, where it is missing, empty or not a file.
GRADUS_API std::string load_text(const std::string& path);

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
