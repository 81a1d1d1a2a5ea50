#include "maximize/app/data.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "autograd/error.h"
#include "model/data/glyphs.h"
#include "model/data/mnist.h"
#include "model/data/orchard.h"
#include "model/files/file.h"
#include "model/text/text.h"

namespace gradus::app {

ImageData load_images(const std::string& folder, std::uint64_t seed) {
  constexpr Index train = 20000, test = 2000;
  if (folder.empty()) return {"Glyphs", make_glyphs(seed, train), make_glyphs(seed, test, train)};
  TrainAndTest mnist = load_mnist(folder);
  return {folder, std::move(mnist.train), std::move(mnist.test)};
}

Vocabulary Vocabulary::orchard() {
  Vocabulary v;
  v.words_ = true;
  for (const OrchardWord& word : orchard_vocabulary()) v.tokens_.push_back(word.text);
  return v;
}

Vocabulary Vocabulary::characters(std::vector<std::string> tokens) {
  Vocabulary v;
  v.tokens_ = std::move(tokens);
  return v;
}

Vocabulary Vocabulary::from_metadata(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json == "orchard") return orchard();
  std::vector<std::string> tokens;
  if (json.is_array())
    for (const auto& token : json) tokens.push_back(token.is_string() ? token.get<std::string>() : "");
  if (tokens.empty())
    throw InputError("vocabulary: expected \"orchard\" or a list of characters, got " + printable(text, 60));
  return characters(CharTokenizer::from_vocabulary(std::move(tokens)).vocabulary());
}

std::string Vocabulary::metadata() const {
  return (words_ ? nlohmann::json("orchard") : nlohmann::json(tokens_)).dump();
}

std::vector<Index> Vocabulary::encode(const std::string& text) const {
  return words_ ? orchard_encode(text) : CharTokenizer::from_vocabulary(tokens_).encode(text);
}

std::string Vocabulary::decode(std::span<const Index> tokens) const {
  std::string text;
  for (const Index t : tokens) text += (text.empty() ? "" : separator()) + token(t);
  return text;
}

std::vector<Index> Vocabulary::default_prompt() const {
  if (words_) return {orchard_id("<bos>")};
  const auto newline = std::find(tokens_.begin(), tokens_.end(), "\n");
  return {newline == tokens_.end() ? 0 : newline - tokens_.begin()};
}

TextData load_text_data(const std::string& path, std::uint64_t seed) {
  constexpr Index train = 20000, validation = 2000;
  if (path.empty()) {
    const std::vector<Index> all = make_orchard(seed, train + validation).ids();
    const std::vector<Index> first = make_orchard(seed, train).ids();  // sentence i depends on (seed, i) alone
    const auto cut = static_cast<std::ptrdiff_t>(first.size());
    return {"Orchard", Vocabulary::orchard(), first, {all.begin() + cut, all.end()}};
  }
  const std::string text = load_text(path);
  try {
    const CharTokenizer tokenizer(text);
    TokenSplit split = split_tokens(tokenizer.encode(text));
    return {path, Vocabulary::characters(tokenizer.vocabulary()), std::move(split.train), std::move(split.validation)};
  } catch (const InputError& e) {  // a text does not know the name of its file
    throw InputError(printable(path, 4096) + ": " + e.what());
  }
}

std::uint64_t fingerprint(std::span<const Index> tokens) {
  std::uint64_t h = 14695981039346656037U;
  for (const Index t : tokens) h = (h ^ static_cast<std::uint64_t>(t)) * 1099511628211U;
  return h;
}

}  // namespace gradus::app
