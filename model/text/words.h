// One token for each word of a closed vocabulary.
#pragma once

#include <map>

#include "model/text/tokenizer.h"

namespace gradus {

// A text is words between single spaces. A weight file names the vocabulary, under "vocabulary": a JSON string.
class GRADUS_API WordTokenizer final : public Tokenizer {
 public:
  // name: whose words these are, for instance "orchard". The first word is the one that a text begins with. Throws
  // InputError where there is no word, one is empty or has a space, or stands in the list twice.
  WordTokenizer(std::string name, std::vector<std::string> words);

  Index size() const override { return static_cast<Index>(words_.size()); }
  std::vector<Index> encode(std::string_view text) const override;
  std::string decode(std::span<const Index> ids) const override;
  std::string token(Index id) const override;
  std::string_view separator() const override { return " "; }
  Index start() const override { return 0; }
  std::map<std::string, std::string> metadata() const override;

 private:
  std::string name_;
  std::vector<std::string> words_;
  std::map<std::string, Index, std::less<>> ids_;
};

}  // namespace gradus
