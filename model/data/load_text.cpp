#include "model/data/load_text.h"

#include <nlohmann/json.hpp>

#include "autograd/error.h"
#include "model/data/orchard.h"
#include "model/files/huggingface.h"
#include "model/text/byte_pairs.h"
#include "model/text/characters.h"
#include "model/text/windows.h"

namespace gradus {

std::string load_text(const std::string& path) {
  std::string text = read_file(path);
  if (text.empty()) throw InputError(printable(path, 4096) + ": is empty, expected text");
  return text;
}

TextData load_text_data(const std::string& path, std::uint64_t seed) {
  constexpr Index train = 20000, validation = 2000;
  if (path.empty()) {
    const OrchardCorpus all = make_orchard(seed, train + validation);
    const std::vector<Index> ids = all.ids();
    const auto cut = ids.begin() + all.starts[train];
    return {"Orchard", orchard_tokenizer(), {ids.begin(), cut}, {cut, ids.end()}};
  }
  const std::string text = load_text(path);
  try {
    auto tokenizer = std::make_shared<CharTokenizer>(text);
    TokenSplit split = split_tokens(tokenizer->encode(text));
    return {path, std::move(tokenizer), std::move(split.train), std::move(split.validation)};
  } catch (const InputError& e) {  // a text does not know the name of its file
    throw InputError(printable(path, 4096) + ": " + e.what());
  }
}

std::shared_ptr<const Tokenizer> tokenizer_of(const SafetensorsFile& file, Index size) {
  const auto& metadata = file.header().metadata;
  const auto told = metadata.find("vocabulary");
  if (told == metadata.end()) {
    const std::string vocabulary = beside(file.path(), "vocab.json"), merges = beside(file.path(), "merges.txt");
    if (!vocabulary.empty() && !merges.empty()) return std::make_shared<BytePairs>(vocabulary, merges, size);
    if (!vocabulary.empty() || !merges.empty())
      file.fail(std::string("expected vocab.json and merges.txt beside it, found the ") +
                (merges.empty() ? "first" : "second") + " alone");
    file.fail("metadata names no vocabulary, so its tokens cannot be read or written");
  }
  const auto json = nlohmann::json::parse(told->second, nullptr, false);
  if (json == "orchard") return orchard_tokenizer();
  std::vector<std::string> characters;
  if (json.is_array())
    for (const auto& token : json) characters.push_back(token.is_string() ? token.get<std::string>() : "");
  if (characters.empty())
    file.fail("vocabulary: expected \"orchard\" or a list of characters, got " + printable(told->second, 60));
  try {
    return std::make_shared<CharTokenizer>(CharTokenizer::from_vocabulary(std::move(characters)));
  } catch (const InputError& e) {
    file.fail(e.what());
  }
}

}  // namespace gradus
