#include "model/text/text.h"

#include <algorithm>

#include "autograd/error.h"
#include "autograd/random.h"
#include "model/files/file.h"

namespace gradus {
namespace {

// The length in bytes of the character that starts at `at`: the well-formed sequences of the Unicode Standard, table
// 3-7.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  bool good = length > 0;
  for (std::size_t i = 1; i < length; ++i) {  // the second byte's range is narrower after four of the leads
    const unsigned low = i > 1 ? 0x80 : lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = i > 1 ? 0xbf : lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    good = good && byte(i) >= low && byte(i) <= high;
  }
  if (good) return length;
  throw InputError("text: not UTF-8 at byte " + std::to_string(at) + ": '" + printable(text.substr(at, 4)) + "'");
}

// Window k of the result starts at starts[k] and holds T inputs; the targets are one token further.
TextBatch windows_at(std::span<const Index> tokens, std::span<const Index> starts, Index T) {
  TextBatch batch;
  batch.inputs.shape = batch.targets.shape = {static_cast<Index>(starts.size()), T};
  for (const Index start : starts) {
    const auto from = tokens.begin() + start;
    batch.inputs.values.insert(batch.inputs.values.end(), from, from + T);
    batch.targets.values.insert(batch.targets.values.end(), from + 1, from + 1 + T);
  }
  return batch;
}

void check_sizes(const char* function, Index B, Index T) {
  if (B < 1 || T < 1)
    throw Error(std::string(function) + ": expected B and T of at least 1, got " + std::to_string(B) + " and " +
                std::to_string(T));
}

}  // namespace

CharTokenizer::CharTokenizer(std::string_view text) {
  if (text.empty()) throw InputError("text: a vocabulary needs a text that is not empty");
  for (std::size_t at = 0, length; at < text.size(); at += length) {
    length = character_length(text, at);
    const std::string_view character = text.substr(at, length);
    // UTF-8 orders byte by byte as its code points do
    const auto place = std::lower_bound(vocabulary_.begin(), vocabulary_.end(), character);
    if (place == vocabulary_.end() || *place != character) vocabulary_.emplace(place, character);
  }
}

CharTokenizer CharTokenizer::from_vocabulary(std::vector<std::string> characters) {
  for (auto c = characters.begin(); c != characters.end(); ++c) {
    if (c->empty() || character_length(*c, 0) != c->size())
      throw InputError("vocabulary: expected one character for each token, got '" + printable(*c) + "'");
    if (std::find(characters.begin(), c, *c) != c)
      throw InputError("vocabulary: '" + printable(*c) + "' stands in it twice");
  }
  CharTokenizer tokenizer;
  tokenizer.vocabulary_ = std::move(characters);
  return tokenizer;
}

std::vector<Index> CharTokenizer::encode(std::string_view text) const {
  // Ids in the order of their characters, so that each is found by bisection whatever the vocabulary's order.
  std::vector<Index> sorted(vocabulary_.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i] = static_cast<Index>(i);
  std::sort(sorted.begin(), sorted.end(), [&](Index a, Index b) { return vocabulary_[a] < vocabulary_[b]; });
  std::vector<Index> ids;
  for (std::size_t at = 0, length; at < text.size(); at += length) {
    length = character_length(text, at);
    const std::string_view character = text.substr(at, length);
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), character,
                                        [&](Index id, std::string_view c) { return vocabulary_[id] < c; });
    if (place == sorted.end() || vocabulary_[*place] != character)
      throw InputError("text: '" + printable(character) + "' at position " + std::to_string(ids.size()) +
                       " is not one of the vocabulary's " + std::to_string(size()) + " characters");
    ids.push_back(*place);
  }
  return ids;
}

std::string CharTokenizer::decode(std::span<const Index> ids) const {
  std::string text;
  for (const Index id : ids) {
    if (id < 0 || id >= size())
      throw InputError("text: expected token ids of 0 to " + std::to_string(size() - 1) + ", got " +
                       std::to_string(id));
    text += vocabulary_[id];
  }
  return text;
}

std::string load_text(const std::string& path) {
  std::string text = read_file(path);
  if (text.empty()) throw InputError(printable(path, 4096) + ": is empty, expected text");
  return text;
}

TokenSplit split_tokens(std::span<const Index> tokens) {
  const auto middle = tokens.begin() + std::ssize(tokens) * 9 / 10;
  return {{tokens.begin(), middle}, {middle, tokens.end()}};
}

TextBatch text_batch(std::span<const Index> tokens, Index B, Index T, std::uint64_t seed, std::uint64_t step) {
  check_sizes("text_batch", B, T);
  const Index n = std::ssize(tokens);
  if (n <= T)
    throw Error("text_batch: expected more than T = " + std::to_string(T) + " tokens, got " + std::to_string(n));
  Random random(seed, "text batch", step);
  std::vector<Index> starts(B);
  for (Index& start : starts) start = random.below(n - T);
  return windows_at(tokens, starts, T);
}

std::vector<TextBatch> text_windows(std::span<const Index> tokens, Index T, Index B) {
  check_sizes("text_windows", B, T);
  const Index targets = std::ssize(tokens) - 1;
  if (targets < 1) throw Error("text_windows: expected at least 2 tokens, got " + std::to_string(tokens.size()));
  std::vector<TextBatch> batches;
  std::vector<Index> starts;
  const Index whole = targets / T;  // windows of full length
  for (Index k = 0; k < whole; ++k) {
    starts.push_back(k * T);
    if (std::ssize(starts) < B && k + 1 < whole) continue;
    batches.push_back(windows_at(tokens, starts, T));
    starts.clear();
  }
  const Index rest = targets - whole * T, last = whole * T;
  if (rest > 0) batches.push_back(windows_at(tokens, {&last, 1}, rest));
  return batches;
}

}  // namespace gradus
