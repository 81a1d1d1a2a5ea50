#include "model/text/characters.h"

#include <nlohmann/json.hpp>

#include "autograd/error.h"
#include "model/files/utf8.h"

namespace gradus {
namespace {

// The length in bytes of the character that starts at `at`.
std::size_t character_length(std::string_view text, std::size_t at) {
  const std::size_t length = utf8_character(text.substr(at)).bytes;
  if (length > 0) return length;
  throw InputError("text: not UTF-8 at byte " + std::to_string(at) + ": '" + printable(text.substr(at, 4)) + "'");
}

}  // namespace

CharTokenizer::CharTokenizer(std::string_view text) {
  if (text.empty()) throw InputError("text: a vocabulary needs a text that is not empty");
  for (std::size_t at = 0, length; at < text.size(); at += length) {
    length = character_length(text, at);
    const std::string_view character = text.substr(at, length);
    if (!ids_.contains(character)) ids_.emplace(character, 0);
  }
  for (auto& [character, id] : ids_) {  // UTF-8 orders byte by byte as its code points do
    id = size();
    vocabulary_.push_back(character);
  }
}

CharTokenizer CharTokenizer::from_vocabulary(std::vector<std::string> characters) {
  CharTokenizer tokenizer;
  for (const std::string& c : characters) {
    if (c.empty() || character_length(c, 0) != c.size())
      throw InputError("vocabulary: expected one character for each token, got '" + printable(c) + "'");
    if (!tokenizer.ids_.emplace(c, std::ssize(tokenizer.ids_)).second)
      throw InputError("vocabulary: '" + printable(c) + "' stands in it twice");
  }
  tokenizer.vocabulary_ = std::move(characters);
  return tokenizer;
}

std::vector<Index> CharTokenizer::encode(std::string_view text) const {
  std::vector<Index> ids;
  for (std::size_t at = 0, length; at < text.size(); at += length) {
    length = character_length(text, at);
    const std::string_view character = text.substr(at, length);
    const auto place = ids_.find(character);
    if (place == ids_.end())
      throw InputError("text: '" + printable(character) + "' at position " + std::to_string(ids.size()) +
                       " is not one of the vocabulary's " + std::to_string(size()) + " characters");
    ids.push_back(place->second);
  }
  return ids;
}

std::string CharTokenizer::decode(std::span<const Index> ids) const {
  std::string text;
  for (const Index id : ids) {
    check_id(id);
    text += vocabulary_[id];
  }
  return text;
}

std::string CharTokenizer::token(Index id) const {
  check_id(id);
  return vocabulary_[id];
}

Index CharTokenizer::start() const {
  const auto line = ids_.find("\n");
  return line == ids_.end() ? 0 : line->second;
}

std::map<std::string, std::string> CharTokenizer::metadata() const {
  return {{"vocabulary", nlohmann::json(vocabulary_).dump()}};
}

}  // namespace gradus
