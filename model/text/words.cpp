#include "model/text/words.h"

#include <nlohmann/json.hpp>

#include "autograd/error.h"
#include "model/files/utf8.h"

namespace gradus {

WordTokenizer::WordTokenizer(std::string name, std::vector<std::string> words)
    : name_(std::move(name)), words_(std::move(words)) {
  if (words_.empty()) throw InputError("vocabulary: expected at least one word, got none");
  for (const std::string& word : words_) {
    if (word.empty() || word.find(' ') != std::string::npos)
      throw InputError("vocabulary: expected words without spaces, got '" + printable(word) + "'");
    if (!ids_.emplace(word, std::ssize(ids_)).second)
      throw InputError("vocabulary: '" + printable(word) + "' stands in it twice");
  }
}

std::vector<Index> WordTokenizer::encode(std::string_view text) const {
  std::vector<Index> ids;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end == 0 || end + 1 == text.size())
      throw InputError("text: expected one space between words and none at the ends, got one more after " +
                       std::to_string(ids.size() + (end > 0)) + " words");
    const std::string_view word = text.substr(0, end);
    const auto place = ids_.find(word);
    if (place == ids_.end())
      throw InputError("text: '" + printable(word) + "' at position " + std::to_string(ids.size()) +
                       " is not one of the vocabulary's " + std::to_string(size()) + " words");
    ids.push_back(place->second);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return ids;
}

std::string WordTokenizer::decode(std::span<const Index> ids) const {
  std::string text;
  for (const Index id : ids) {
    check_id(id);
    if (!text.empty()) text += separator();
    text += words_[id];
  }
  return text;
}

std::string WordTokenizer::token(Index id) const {
  check_id(id);
  return words_[id];
}

std::map<std::string, std::string> WordTokenizer::metadata() const {
  return {{"vocabulary", nlohmann::json(name_).dump()}};
}

}  // namespace gradus
