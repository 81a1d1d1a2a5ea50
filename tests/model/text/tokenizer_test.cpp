#include "model/text/tokenizer.h"

#include "autograd/error.h"
#include "model/text/characters.h"
#include "model/text/words.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("the vocabulary is the distinct characters in the order of their code points") {
  const CharTokenizer tokenizer("một từ, two\n từ 😀");
  REQUIRE(tokenizer.vocabulary() == std::vector<std::string>{"\n", " ", ",", "m", "o", "t", "w", "ộ", "ừ", "😀"});
  REQUIRE(tokenizer.size() == 10);
  REQUIRE(tokenizer.encode("từ 😀\n") == std::vector<Index>{5, 8, 1, 9, 0});
  REQUIRE(tokenizer.decode(tokenizer.encode("một từ, two\n")) == "một từ, two\n");
  REQUIRE(tokenizer.encode("").empty());
}

TEST_CASE("a vocabulary from a list keeps its order") {
  const CharTokenizer tokenizer = CharTokenizer::from_vocabulary({"z", "ộ", "a"});
  REQUIRE(tokenizer.encode("aộz") == std::vector<Index>{2, 1, 0});
  const std::vector<Index> ids = {0, 2};
  REQUIRE(tokenizer.decode(ids) == "za");
  REQUIRE_THROWS_WITH(CharTokenizer::from_vocabulary({"a", "bc"}),
                      "vocabulary: expected one character for each token, got 'bc'");
  REQUIRE_THROWS_WITH(CharTokenizer::from_vocabulary({"a", ""}),
                      "vocabulary: expected one character for each token, got ''");
  REQUIRE_THROWS_WITH(CharTokenizer::from_vocabulary({"a", "b", "a"}), "vocabulary: 'a' stands in it twice");
}

TEST_CASE("an unknown character or id is named with its position") {
  const CharTokenizer tokenizer("abc");
  REQUIRE_THROWS_AS(tokenizer.encode("d"), InputError);
  REQUIRE_THROWS_WITH(tokenizer.encode("abộ"), "text: 'ộ' at position 2 is not one of the vocabulary's 3 characters");
  REQUIRE_THROWS_WITH(tokenizer.encode("a\nb"),
                      "text: '\\x0a' at position 1 is not one of the vocabulary's 3 characters");
  const std::vector<Index> high = {0, 3}, low = {-1};
  REQUIRE_THROWS_WITH(tokenizer.decode(high), "text: expected token ids of 0 to 2, got 3");
  REQUIRE_THROWS_WITH(tokenizer.decode(low), "text: expected token ids of 0 to 2, got -1");
  REQUIRE_THROWS_WITH(CharTokenizer(""), "text: a vocabulary needs a text that is not empty");
}

TEST_CASE("what is not UTF-8 is refused, by the table of well-formed sequences") {
  REQUIRE_THROWS_WITH(CharTokenizer("ab\xff"), "text: not UTF-8 at byte 2: '\\xff'");
  for (const char* bad : {"\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe1\x80",
                          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"})
    REQUIRE_THROWS_AS(CharTokenizer(bad), InputError);
  for (const char* good : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    REQUIRE(CharTokenizer(good).size() == 1);
}

TEST_CASE("words are read between single spaces") {
  const WordTokenizer words("colours", {"red", "green", "blue"});
  REQUIRE(words.encode("blue red blue") == std::vector<Index>{2, 0, 2});
  REQUIRE(words.decode(words.encode("green blue")) == "green blue");
  REQUIRE(words.encode("").empty());
  REQUIRE(words.decode({}).empty());
  REQUIRE(words.metadata() == std::map<std::string, std::string>{{"vocabulary", "\"colours\""}});
  REQUIRE_THROWS_WITH(words.encode("red pink"), "text: 'pink' at position 1 is not one of the vocabulary's 3 words");
  const std::string between = "text: expected one space between words and none at the ends, got one more after ";
  REQUIRE_THROWS_WITH(words.encode("red  blue"), between + "1 words");
  REQUIRE_THROWS_WITH(words.encode("red "), between + "1 words");
  REQUIRE_THROWS_WITH(words.encode(" red"), between + "0 words");
  const std::vector<Index> high = {1, 3};
  REQUIRE_THROWS_WITH(words.decode(high), "text: expected token ids of 0 to 2, got 3");
  REQUIRE_THROWS_WITH(WordTokenizer("none", {}), "vocabulary: expected at least one word, got none");
  REQUIRE_THROWS_WITH(WordTokenizer("a", {"a b"}), "vocabulary: expected words without spaces, got 'a b'");
  REQUIRE_THROWS_WITH(WordTokenizer("a", {"a", "b", "a"}), "vocabulary: 'a' stands in it twice");
}

TEST_CASE("every tokenizer answers through the same interface") {
  const CharTokenizer lines("b\n\ta"), no_lines("ba");
  const WordTokenizer words("colours", {"red", "green"});
  struct Expected {
    const Tokenizer& tokenizer;
    Index size;
    std::string last, separator, start;
  };
  for (const auto& [tokenizer, size, last, separator, start] :
       {Expected{lines, 4, "b", "", "\n"}, Expected{no_lines, 2, "b", "", "a"},
        Expected{words, 2, "green", " ", "red"}}) {
    REQUIRE(tokenizer.size() == size);
    REQUIRE(tokenizer.token(size - 1) == last);
    REQUIRE(tokenizer.separator() == separator);
    REQUIRE(tokenizer.token(tokenizer.start()) == start);
    REQUIRE_THROWS_WITH(tokenizer.token(size), "text: expected token ids of 0 to " + std::to_string(size - 1) +
                                                   ", got " + std::to_string(size));
    REQUIRE_THROWS_AS(tokenizer.token(-1), InputError);
  }
  REQUIRE(lines.metadata() == std::map<std::string, std::string>{{"vocabulary", "[\"\\t\",\"\\n\",\"a\",\"b\"]"}});
}
