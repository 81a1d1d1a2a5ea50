// Text for a language model, wherever it comes from, and the tokenizer that goes with it.
#pragma once

#include <cstdint>
#include <memory>

#include "model/files/safetensors.h"
#include "model/text/tokenizer.h"

namespace gradus {

// The bytes of a file. Throws InputError, which names the path, where it is missing, empty or not a file.
GRADUS_API std::string load_text(const std::string& path);

// Tokens to learn from and others to validate on, what they stand for, and where they come from.
struct TextData {
  std::string name;  // "Orchard", or a path
  std::shared_ptr<const Tokenizer> tokenizer;
  std::vector<Index> train, validation;
};

// path: a text, by its characters; the first nine tenths train. "": Orchard, 20,000 sentences to train and 2,000 others
// to validate. Throws InputError, which names the file.
GRADUS_API TextData load_text_data(const std::string& path, std::uint64_t seed);

// The tokenizer that a weight file names in its metadata, or else GPT-2's from the vocab.json and merges.txt beside it, padded to
// `size` tokens if it has fewer. Throws InputError where there is neither, or none that is known.
GRADUS_API std::shared_ptr<const Tokenizer> tokenizer_of(const SafetensorsFile& file, Index size = 0);

}  // namespace gradus
