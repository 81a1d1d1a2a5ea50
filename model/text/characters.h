// One token for each character of a text.
#pragma once

#include <map>

#include "model/text/tokenizer.h"

namespace gradus {

// A character is a Unicode code point in UTF-8, as in Python's sorted(set(text)): the vocabulary is in the order of the
// code points. A weight file keeps it as a JSON list of strings, under "vocabulary".
class GRADUS_API CharTokenizer final : public Tokenizer {
 public:
  explicit CharTokenizer(std::string_view text);  // throws InputError where the text is empty or not UTF-8
  // In this order. Throws InputError unless each is one character, and none stands in it twice.
  static CharTokenizer from_vocabulary(std::vector<std::string> characters);

  const std::vector<std::string>& vocabulary() const { return vocabulary_; }
  Index size() const override { return static_cast<Index>(vocabulary_.size()); }
  std::vector<Index> encode(std::string_view text) const override;
  std::string decode(std::span<const Index> ids) const override;
  std::string token(Index id) const override;
  std::string_view separator() const override { return ""; }
  Index start() const override;  // the end of a line; the first character where there is none
  std::map<std::string, std::string> metadata() const override;

 private:
  CharTokenizer() = default;
  std::vector<std::string> vocabulary_;
  std::map<std::string, Index, std::less<>> ids_;
};

}  // namespace gradus
