// Tokenizer: between a text and the numbers that a language model reads.
//
// A token is a piece of text: a character, a word, or some bytes that are only part of a character. So a token by itself
// need not be UTF-8, let alone fit for a terminal (printable() in files/file.h makes it so), and the text of several
// tokens is what decode() says, not the pieces put together.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/shape.h"

namespace gradus {

class GRADUS_API Tokenizer {
 public:
  Tokenizer() = default;
  Tokenizer(const Tokenizer&) = default;
  Tokenizer& operator=(const Tokenizer&) = default;
  virtual ~Tokenizer();

  virtual Index size() const = 0;  // of the vocabulary; ids are 0 ... size() - 1

  // Throws InputError for a piece of text that no token stands for, which it names with its position (from 0).
  virtual std::vector<Index> encode(std::string_view text) const = 0;

  // Throws InputError for an id that is not 0 ... size() - 1.
  virtual std::string decode(std::span<const Index> ids) const = 0;
  virtual std::string token(Index id) const = 0;  // the bytes of one token

  // What a reader expects between two tokens that are shown side by side: " " for words, otherwise "".
  virtual std::string_view separator() const = 0;

  // The token that a text begins with where there is no prompt.
  virtual Index start() const = 0;

  // What a weight file says about its tokenizer, so that tokenizer_of (model/data/load_text.h) can make it again.
  virtual std::map<std::string, std::string> metadata() const = 0;

 protected:
  void check_id(Index id) const;  // throws InputError, as decode() does
};

}  // namespace gradus
