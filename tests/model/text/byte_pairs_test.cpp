#include "model/text/byte_pairs.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "autograd/error.h"
#include "autograd/random.h"
#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using Catch::Matchers::Contains;
using Ids = std::vector<Index>;

namespace {

// The character that the files write for a byte: byte_pairs.cpp's rule once more, by another way: the hidden bytes are listed.
std::string written(int byte) {
  int c = byte;
  int hidden = 0;
  for (int b = 0; b < 256; ++b) {
    const bool is_hidden = b <= 32 || (b >= 127 && b <= 160) || b == 173;
    if (b == byte && is_hidden) c = 256 + hidden;
    hidden += is_hidden;
  }
  if (c < 128) return std::string(1, static_cast<char>(c));
  return {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
}

// A vocabulary of all bytes and of these tokens, in their order from 256 on.
nlohmann::json vocabulary(const std::vector<std::string>& more) {
  nlohmann::json json;
  for (int b = 0; b < 256; ++b) json[written(b)] = b;
  for (std::size_t i = 0; i < more.size(); ++i) json[more[i]] = 256 + i;
  return json;
}

struct Files {
  test::TemporaryFolder folder;
  std::string vocab, merges;

  Files(const std::string& vocab_text, const std::string& merges_text)
      : vocab(folder.file("vocab.json", vocab_text)), merges(folder.file("merges.txt", merges_text)) {}
  BytePairs read() const { return {vocab, merges}; }
};

const std::vector<std::string> some_tokens = {"he", "ll", "hell", "hello", "\u0120w", "aa", "aaa"};
const char* const some_merges = "#version: 0.2\nh e\nl l\nhe ll\nhell o\n\u0120 w\na a\naa a\n";

}  // namespace

TEST_CASE("byte pairs: merges in the file's order, worked by hand") {
  const Files files(vocabulary(some_tokens).dump(), some_merges);
  const BytePairs tokens = files.read();
  REQUIRE(tokens.size() == 263);
  // hello: h e l l o -> he l l o -> he ll o -> hell o -> hello.  " w": U+0120 is the space.
  REQUIRE(tokens.encode("hello world") == Ids{259, 260, 'o', 'r', 'l', 'd'});
  // a a a a a -> aa aa a (leftmost first) -> aa aaa
  REQUIRE(tokens.encode("aaaaa") == Ids{261, 262});
  REQUIRE(tokens.encode("") == Ids{});
  REQUIRE(tokens.decode(Ids{259, 260, 'o', 'r', 'l', 'd'}) == "hello world");
  REQUIRE(tokens.token(260) == " w");
  REQUIRE(tokens.start() == 262);
  REQUIRE_THROWS_AS(tokens.decode(Ids{263}), InputError);
}

TEST_CASE("byte pairs: every byte comes back, also from half a character") {
  const Files files(vocabulary(some_tokens).dump(), some_merges);
  const BytePairs tokens = files.read();
  for (int b = 0; b < 256; ++b) REQUIRE(tokens.token(b) == std::string(1, static_cast<char>(b)));
  REQUIRE(tokens.encode("\u00e9") == Ids{0xc3, 0xa9});
  REQUIRE_THROWS_WITH(tokens.encode("ab\xff"), Contains("expected UTF-8, got something else at byte 2"));
}

TEST_CASE("byte pairs: a file that does not fit is refused by name and place") {
  const auto refused = [](const std::string& vocab, const std::string& merges, const std::string& text) {
    const Files files(vocab, merges);
    REQUIRE_THROWS_WITH(files.read(), Contains(text));
  };
  const std::string good = vocabulary(some_tokens).dump();
  refused("[1, 2]", some_merges, "expected a JSON object of tokens and their numbers");
  refused("{", some_merges, "expected a JSON object");
  refused(R"({"a": 0, "b": 7})", some_merges, "token \"b\": expected a number from 0 to 1");
  refused(R"({"a": 0, "b": 0})", some_merges, "its number is another token's too");
  refused(R"({"a": 0})", some_merges, "expected a token for each byte, got none for 0");
  refused(good, "h e\nx yz q\n", "line 2: expected two tokens with a space between, got \"x yz q\"");
  refused(good, "h q\n", "line 1: expected two tokens of the vocabulary that make a third, got \"h q\"");
  const Files files(good, some_merges);
  REQUIRE_THROWS_WITH(BytePairs(files.vocab, files.folder / "none.txt"), Contains("none.txt"));
}

TEST_CASE("byte pairs: GPT-2's own vocabulary, against ids of the published algorithm") {
  const std::filesystem::path folder = std::filesystem::path(GRADUS_SOURCE_DIR) / ".." / "shared/data/gpt2-tokenizer";
  if (!std::filesystem::exists(folder / "vocab.json")) {
    WARN("skipped: GPT-2's vocab.json and merges.txt are not here");
    return;
  }
  const BytePairs tokens((folder / "vocab.json").string(), (folder / "merges.txt").string());
  REQUIRE(tokens.size() == 50257);
  REQUIRE(tokens.start() == 50256);
  std::ifstream in(std::string(GRADUS_SOURCE_DIR) + "/tests/golden/byte_pairs.json");
  const nlohmann::json cases = nlohmann::json::parse(in);
  REQUIRE(cases.size() >= 300);
  for (const auto& c : cases) {
    const std::string text = c["text"];
    INFO(text);
    REQUIRE(tokens.encode(text) == c["ids"].get<Ids>());
    REQUIRE(tokens.decode(c["ids"].get<Ids>()) == text);
  }
  // Random strings of all of Unicode come back as they were.
  Random random(1, "byte pairs test");
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (Index n = random.below(12); n > 0; --n) {
      const Index c = random.below(0x110000 - 0x800), code = c < 0xd800 ? c : c + 0x800;
      if (code < 0x80) {
        text += static_cast<char>(code);
      } else {
        const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        constexpr int first[] = {0, 0xc0, 0xe0, 0xf0};
        text += static_cast<char>(first[more] | code >> 6 * more);
        for (int k = more - 1; k >= 0; --k) text += static_cast<char>(0x80 | (code >> 6 * k & 0x3f));
      }
    }
    REQUIRE(tokens.decode(tokens.encode(text)) == text);
  }
}
