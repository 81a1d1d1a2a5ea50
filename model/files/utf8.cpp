#include "model/files/utf8.h"

#include <limits>

namespace gradus {
namespace {

constexpr const char* digits = "0123456789abcdef";

bool is_shown(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return first <= c && c <= last; };
  return !(within(0, 0x1f) || within(0x7f, 0x9f) || c == 0x61c || within(0x200e, 0x200f) || within(0x2028, 0x202e) ||
           within(0x2066, 0x2069) || c == 0xfeff || within(0xfff9, 0xfffb) || (c & 0xfffe) == 0xfffe ||
           within(0xe0000, 0xe007f));
}

// Goes through a text: out gets what can be shown as it is, and what escape(character's bytes, its code) makes of the rest.
template <class Escape>
std::string shown(std::string_view text, std::size_t most, const Escape& escape) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= most) return out + "...";
    const auto [bytes, code] = utf8_character(text);
    const std::size_t n = bytes > 0 ? bytes : 1;
    if (bytes > 0 && is_shown(code))
      out += text.substr(0, n);
    else
      escape(out, text.substr(0, n), code);
    text.remove_prefix(n);
  }
  return out;
}

void as_bytes(std::string& out, std::string_view character) {
  for (const char c : character) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  }
}

}  // namespace

Utf8Character utf8_character(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {text.empty() ? std::size_t{0} : 1, lead};
  if (lead < 0xc2 || lead > 0xf4) return {};
  const std::size_t n = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t code = lead & (0x7fU >> n);
  for (std::size_t i = 1; i < n; ++i) {  // the second byte's range is narrower after four of the leads
    const unsigned low = i > 1 ? 0x80 : lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = i > 1 ? 0xbf : lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(i) < low || byte(i) > high) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  return {n, code};
}

std::string printable(std::string_view text, std::size_t most) {
  return shown(text, most, [](std::string& out, std::string_view bytes, char32_t) { as_bytes(out, bytes); });
}

std::string printable_lines(std::string_view text) {
  const auto escape = [](std::string& out, std::string_view bytes, char32_t) {
    if (bytes == "\n" || bytes == "\t")
      out += bytes;
    else
      as_bytes(out, bytes);
  };
  return shown(text, std::numeric_limits<std::size_t>::max(), escape);
}

std::string printable_json(std::string_view json) {
  const auto escape = [](std::string& out, std::string_view bytes, char32_t code) {
    if (bytes == "\n") {  // between values; inside a string it is escaped already
      out += bytes;
      return;
    }
    const auto unit = [&out](char32_t u) {
      out += {'\\', 'u', digits[u >> 12], digits[u >> 8 & 15], digits[u >> 4 & 15], digits[u & 15]};
    };
    if (code >= 0x10000) {  // two halves, as in UTF-16
      unit(0xd800 + ((code - 0x10000) >> 10));
      unit(0xdc00 + (code & 0x3ff));
    } else {
      unit(code);
    }
  };
  return shown(json, std::numeric_limits<std::size_t>::max(), escape);
}

}  // namespace gradus
