// BytePairs: GPT-2's tokenizer, byte-level byte-pair encoding (Sennrich, Haddow, Birch 2016; Radford 2019), from the two files that
// come with its checkpoints, vocab.json and merges.txt.
//
// A text is first cut into words: a run of letters, of digits or of other signs, each with the space before it, English contractions
// apart. Of a word each byte is a token; then, again and again, the two neighbours whose pair stands first in merges.txt become
// one token. So every text has tokens, and they give its bytes back.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include "model/text/tokenizer.h"

namespace gradus {

class GRADUS_API BytePairs final : public Tokenizer {
 public:
  // Throws InputError that names the file, and the line or the token, where one does not fit the other.
  // least_size: models have rows for more tokens than there are, to round their number up; tokens added up to there stand for no text.
  BytePairs(const std::string& vocab_path, const std::string& merges_path, Index least_size = 0);
  ~BytePairs() override;

  Index size() const override { return static_cast<Index>(tokens_.size()); }

  // text: UTF-8; throws InputError, with the position of the first byte that is not. Special tokens such as <|endoftext|> are text
  // like any other.
  std::vector<Index> encode(std::string_view text) const override;
  std::string decode(std::span<const Index> ids) const override;
  std::string token(Index id) const override;
  std::string_view separator() const override { return ""; }
  Index start() const override;  // <|endoftext|>; the vocabulary's last token where it has none
  std::map<std::string, std::string> metadata() const override;

  // Writes the two files, from which the same tokenizer is made again (without the added tokens). Throws Error.
  void save(const std::string& vocab_path, const std::string& merges_path) const;

 private:
  struct Merge {
    Index rank, result;  // the line in merges.txt, from 0; the token that the two become
  };
  struct Words;  // the pattern that cuts a text into words, compiled

  void read_vocabulary(const std::string& path);
  void read_merges(const std::string& path);
  std::vector<Index> encode_word(std::string_view word) const;
  const Merge* merge_of(Index left, Index right) const;

  std::vector<std::string> tokens_;                  // by id, as bytes
  std::unordered_map<std::string, Index> ids_;       // by bytes
  std::array<Index, 256> bytes_;                     // the tokens of single bytes
  std::unordered_map<std::uint64_t, Merge> merges_;  // by left * 2^32 + right
  std::unique_ptr<const Words> words_;
};

}  // namespace gradus
