// UTF-8, and text of unknown origin that is to be shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "autograd/config.h"

namespace gradus {

// The character that a text starts with.
struct Utf8Character {
  std::size_t bytes = 0;  // 1 to 4; 0 where the text is empty, or starts with none that is well-formed
  char32_t code = 0;
};

// By the Unicode Standard's table of well-formed sequences (3-7): no longer form than need be, no half of a UTF-16 pair,
// nothing above U+10FFFF.
GRADUS_API Utf8Character utf8_character(std::string_view text);

// Text of unknown origin as a message may show it: on one line, cut off with "..." after about `most` bytes. Written as
// \x1b, byte by byte, are: bytes that are not UTF-8; control characters (U+0000 to U+001F, U+007F to U+009F: terminals
// obey those); marks that change the order of the characters around them (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066
// to U+2069); the ends of lines and paragraphs U+2028 and U+2029; what has no meaning outside a program (U+FEFF, U+FFF9
// to U+FFFB, U+FFFE and U+FFFF of each plane, the tags from U+E0000 on), some of which XML forbids.
GRADUS_API std::string printable(std::string_view text, std::size_t most = 200);

// The same for a whole text, in which lines end ("\n") and tabs stand.
GRADUS_API std::string printable_lines(std::string_view text);

// JSON text in which those characters are written as \u001b instead: the same values, and nothing that a terminal obeys.
GRADUS_API std::string printable_json(std::string_view json);

}  // namespace gradus
