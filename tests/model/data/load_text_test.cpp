#include "model/data/load_text.h"

#include <chrono>
#include "model/data/orchard.h"
#include "model/files/safetensors.h"
#include "model/text/characters.h"

#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("a text file loads, or says why not") {
  const TemporaryFolder folder;
  REQUIRE(load_text(folder.file("good.txt", "one\ntwo\n")) == "one\ntwo\n");
  folder.file("empty.txt", "");
  REQUIRE(thrown_by(folder, [&] { load_text(folder / "empty.txt"); }) ==
          "InputError: empty.txt: is empty, expected text");
  REQUIRE(thrown_by(folder, [&] { load_text(folder / "none.txt"); }) ==
          "InputError: none.txt: cannot open: No such file or directory");
  REQUIRE(thrown_by(folder, [&] { load_text(folder.path()); }) ==
          "InputError: " + folder.path() + ": expected a file, got a folder");
}

TEST_CASE("text data are a text by its characters, or Orchard") {
  const TemporaryFolder folder;
  const TextData letters = load_text_data(folder.file("letters", "abcabcabca"), 0);
  REQUIRE(letters.name == folder / "letters");
  REQUIRE(letters.tokenizer->decode(letters.train) == "abcabcabc");
  REQUIRE(letters.tokenizer->decode(letters.validation) == "a");

  const TextData orchard = load_text_data("", 7);
  const std::vector<Index> ids = make_orchard(7, 22000).ids();  // sentence i depends on (seed, i) alone
  const Index train = std::ssize(make_orchard(7, 20000).ids());
  REQUIRE(orchard.name == "Orchard");
  REQUIRE(orchard.tokenizer->size() == 126);
  REQUIRE(orchard.train == std::vector<Index>(ids.begin(), ids.begin() + train));
  REQUIRE(orchard.validation == std::vector<Index>(ids.begin() + train, ids.end()));

  folder.file("latin", "caf\xe9");
  REQUIRE(thrown_by(folder, [&] { load_text_data(folder / "latin", 0); }) ==
          "InputError: latin: text: not UTF-8 at byte 3: '\\xe9'");
}

TEST_CASE("a vocabulary of 200,000 characters is read in a time that grows as it does") {
  const TemporaryFolder folder;
  std::string text;
  for (unsigned c = 0x10000; c < 0x10000 + 200'000; ++c)
    for (const unsigned byte : {0xf0 | c >> 18, 0x80 | (c >> 12 & 63), 0x80 | (c >> 6 & 63), 0x80 | (c & 63)})
      text += static_cast<char>(byte);
  const auto start = std::chrono::steady_clock::now();
  const CharTokenizer made(text);
  write_safetensors(folder / "w", {}, made.metadata());
  const auto read = tokenizer_of(SafetensorsFile(folder / "w"));
  REQUIRE(read->size() == 200'000);
  REQUIRE(read->encode(text) == made.encode(text));
  REQUIRE(std::chrono::steady_clock::now() - start <
          std::chrono::seconds(6));  // what compares each with each: a minute
}

TEST_CASE("a tokenizer comes back from the metadata of a weight file") {
  const TemporaryFolder folder;
  const auto saved = [&](const std::map<std::string, std::string>& metadata) {
    write_safetensors(folder / "w", {}, metadata);
    return tokenizer_of(SafetensorsFile(folder / "w"));
  };
  const CharTokenizer characters = CharTokenizer::from_vocabulary({"z", "\n", "\"", "ộ"});
  const auto same = saved(characters.metadata());
  REQUIRE(same->encode("ộ\n\"z") == characters.encode("ộ\n\"z"));
  REQUIRE(saved(orchard_tokenizer()->metadata())->decode(std::vector<Index>{0, 1}) == "<bos> .");

  const auto error = [&](const std::map<std::string, std::string>& metadata) {
    return thrown_by(folder, [&] { saved(metadata); });
  };
  REQUIRE(error({}) == "InputError: w: metadata names no vocabulary, so its tokens cannot be read or written");
  for (const char* wrong : {"", "orchard", "[]", "{}", "3", "[1"})
    REQUIRE(error({{"vocabulary", wrong}}) ==
            std::string("InputError: w: vocabulary: expected \"orchard\" or a list of characters, got ") + wrong);
  REQUIRE(error({{"vocabulary", "[1, 2]"}}) ==
          "InputError: w: vocabulary: expected one character for each token, got ''");
  REQUIRE(error({{"vocabulary", R"(["a", "a"])"}}) == "InputError: w: vocabulary: 'a' stands in it twice");
}
