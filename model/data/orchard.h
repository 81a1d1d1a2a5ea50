// Orchard: sentences from a small grammar, one token a word, about which everything is known.
//
//   text           ::= { sentence }
//   sentence       ::= "<bos>" clause [ "and" clause ] "."
//   clause         ::= [ adverb(t) ] subject-predicate(t)  |  subject-predicate(t) adverb(t)
//   subject-predicate(t) ::= phrase(n, c, t) predicate(n, c, t)
//   phrase(n, c, t) ::= simple(n, c) [ "near" simple(n', c')  |  "that" relative(n, c, t) ]
//   simple(n, c)   ::= [ determiner(n) ] [ adjective(c) ] noun(n, c)      a singular noun needs its determiner
//   predicate(n, c, t) ::= verb(n, t) [ phrase(n', c', t) ]               an object exactly where the verb takes one
//                       |  auxiliary(n, t) "not" base [ phrase(n', c', t) ]
//   relative(n, c, t) ::= predicate(n, c, t) with a simple object         "the girl that eats apples"
//                      |  simple(n', c') verb(n', t)                      "the apple that the girls eat"
//                      |  simple(n', c') auxiliary(n', t) "not" base
//
// n is the number (singular, plural), t the tense (past, present), c the category (fruit, animal, tool, person). One
// letter in a rule is one value: so a verb agrees with its subject across whatever stands between, and a clause has
// one tense, that of its adverb. Which categories a verb takes as subject and as object stands beside it in
// orchard_words.cpp: people and animals eat fruit, people use tools. A past verb and "did" take either number. The base
// is the form "eat" after an auxiliary with "not"; what follows "not" in the same predicate stands under the negation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/text/tokenizer.h"

namespace gradus {

enum class PartOfSpeech {
  mark,  // "<bos>" and "."
  determiner,
  adjective,
  noun,
  verb,
  auxiliary,
  negation,
  adverb,
  preposition,
  relative,
  conjunction
};
enum class Tense { none, present, past };
enum class Number { none, singular, plural };
enum class Category { none, fruit, animal, tool, person };

// What is known of a word by itself. "eat" is a present plural here; in a sentence it may also be the base.
struct OrchardWord {
  std::string text;
  std::string lemma;  // "eat" for eat, eats and ate; "apple" for apple and apples
  PartOfSpeech part = PartOfSpeech::mark;
  Tense tense = Tense::none;
  Number number = Number::none;
  Category category = Category::none;  // of a noun
};

// What is known of a word where it stands. A base after "did not" has neither tense nor number.
struct OrchardToken {
  Index id = 0;
  PartOfSpeech part = PartOfSpeech::mark;
  Tense tense = Tense::none;
  Number number = Number::none;
  Category category = Category::none;
  bool negated = false;
};

// The vocabulary: 126 words, the id is the position. "<bos>" is 0 and "." is 1.
GRADUS_API std::span<const OrchardWord> orchard_vocabulary();
GRADUS_API Index orchard_id(std::string_view word);  // throws InputError for a word that is not in the vocabulary
GRADUS_API std::shared_ptr<const Tokenizer> orchard_tokenizer();  // words between single spaces

struct OrchardVerdict {
  bool belongs = false;
  // Where it does not belong: the first position at which no sentence goes on like this; the number of tokens where the
  // string could go on to be a sentence, but stops. What was expected there, in words.
  Index position = 0;
  std::string expected;
  std::vector<OrchardToken> tokens;  // the annotation of what was read, up to that position
};

// Decides whether ids are one sentence. The leading "<bos>" may be missing.
GRADUS_API OrchardVerdict parse_orchard(std::span<const Index> ids);

struct GRADUS_API OrchardCorpus {
  std::vector<OrchardToken> tokens;  // sentence after sentence, each from "<bos>" to "."
  std::vector<Index> starts;         // where each sentence begins
  std::vector<Index> ids() const;    // the tokens' ids: what a model reads
};

// Sentence i depends on (seed, i) alone.
GRADUS_API OrchardCorpus make_orchard(std::uint64_t seed, Index sentences);

}  // namespace gradus
