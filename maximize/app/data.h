// Where a command's data come from: made (Glyphs, Orchard) or read (MNIST's files, any text).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/data/images.h"

namespace gradus::app {

struct ImageData {
  std::string name;
  Images train, test;
};

// folder: MNIST's files; "": Glyphs, 20,000 to train and 2,000 to test.
ImageData load_images(const std::string& folder, std::uint64_t seed);

// The words of Orchard, or the characters of some text: what token numbers stand for.
class Vocabulary {
 public:
  static Vocabulary orchard();
  static Vocabulary characters(std::vector<std::string> tokens);
  static Vocabulary from_metadata(const std::string& text);  // what metadata() gave; throws InputError
  std::string metadata() const;  // for a weight file, under "vocabulary": "orchard", or the characters as a JSON list

  Index size() const { return static_cast<Index>(tokens_.size()); }
  const std::string& token(Index i) const { return tokens_[i]; }
  std::vector<Index> encode(const std::string& text) const;  // throws InputError for what is not in the vocabulary
  std::string decode(std::span<const Index> tokens) const;
  std::vector<Index> default_prompt() const;
  const char* separator() const { return words_ ? " " : ""; }

 private:
  bool words_ = false;
  std::vector<std::string> tokens_;
};

struct TextData {
  std::string name;
  Vocabulary vocabulary;
  std::vector<Index> train, validation;
};

// path: a text, by characters, the first 90 % to train; "": Orchard, 20,000 sentences to train and 2,000 to validate.
TextData load_text_data(const std::string& path, std::uint64_t seed);

std::uint64_t fingerprint(std::span<const Index> tokens);

}  // namespace gradus::app
