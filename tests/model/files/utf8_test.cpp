#include "model/files/utf8.h"

#include <vector>

#include "tests/catch.h"

using namespace gradus;

namespace {

// The UTF-8 form of a code point, by its definition.
std::string utf8(char32_t c) {
  const auto byte = [](char32_t x) { return static_cast<char>(x); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
}

}  // namespace

TEST_CASE("every code point has one form in UTF-8, and the halves of UTF-16's pairs have none") {
  std::size_t wrong = 0;
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    const auto [bytes, code] = utf8_character(utf8(c) + "x");
    const bool half = c >= 0xd800 && c <= 0xdfff;
    wrong += half ? bytes != 0 : bytes != utf8(c).size() || code != c;
  }
  REQUIRE(wrong == 0);
  REQUIRE(utf8_character("").bytes == 0);
}

TEST_CASE("what is not UTF-8 has no character") {
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe1\x80",
        "\xe1\x80(", "\xf0\x8f\xbf\xbf", "\xf1\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    REQUIRE(utf8_character(bad).bytes == 0);
}

TEST_CASE("text from outside is shown on one line") {
  REQUIRE(printable("h.0.attn \xc3\xa9 \xe1\xba\xa1 \xf0\x9f\x98\x80") ==
          "h.0.attn \xc3\xa9 \xe1\xba\xa1 \xf0\x9f\x98\x80");
  REQUIRE(printable("a\n\t\x7f\x1b[31m\a") == "a\\x0a\\x09\\x7f\\x1b[31m\\x07");
  REQUIRE(printable(std::string("a\0b", 3)) == "a\\x00b");
  REQUIRE(printable("\xc2\x9b") == "\\xc2\\x9b");                    // U+009B starts a terminal command
  REQUIRE(printable("\xe1\xba") == "\\xe1\\xba");                    // cut off
  REQUIRE(printable("\xc0\xaf") == "\\xc0\\xaf");                    // longer than need be
  REQUIRE(printable("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");           // the same in three bytes
  REQUIRE(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // half of a UTF-16 pair
  REQUIRE(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  REQUIRE(printable("abcdef", 3) == "abc...");
  REQUIRE(printable("abc", 3) == "abc");
}

TEST_CASE("marks that reorder or hide what is around them are shown as bytes") {
  for (const char32_t c :
       {0x61c,  0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c,  0x202d,   0x202e,  0x2066, 0x2067,
        0x2068, 0x2069, 0xfeff, 0xfff9, 0xfffb, 0xfffe, 0xffff, 0x1fffe, 0x10ffff, 0xe0001, 0xe007f})
    REQUIRE(printable(utf8(c)).starts_with("\\x"));
  REQUIRE(printable("abc\xe2\x80\xae"
                    "cba") == "abc\\xe2\\x80\\xaecba");
  for (const char32_t c : {0x20, 0x7e, 0xa0, 0x5d0, 0x627, 0x200d, 0x2010, 0x2030, 0x206a, 0xfffd, 0x1f600})
    REQUIRE(printable(utf8(c)) == utf8(c));
}

TEST_CASE("a whole text keeps its lines, JSON keeps its values") {
  REQUIRE(printable_lines("a\n\tb\r\x1b]0;title\a\n") == "a\n\tb\\x0d\\x1b]0;title\\x07\n");
  REQUIRE(printable_lines(std::string("a\0b", 3)) == "a\\x00b");
  REQUIRE(printable_json("{\n\"\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81\xf0\x9f\xbf\xbe \xc3\xa9\"}\n") ==
          "{\n\"\\u007f\\u009b\\u202e\\udb40\\udc01\\ud83f\\udffe \xc3\xa9\"}\n");
}
