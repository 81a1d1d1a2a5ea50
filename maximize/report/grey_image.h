// A grey picture in memory, and the two ways in which text carries it: base64, for pages and notebooks, and characters,
// for a terminal.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/shape.h"

namespace gradus {

struct GreyImage {
  Index width = 0, height = 0;
  std::vector<std::uint8_t> values;  // width * height, row by row from the top, 0 black to 255 white
  std::string caption = {};
};

// The bytes of a PNG file. Throws Error.
GRADUS_API std::string png(const GreyImage& image);

// RFC 4648, with = at the end.
GRADUS_API std::string base64(std::span<const std::uint8_t> bytes);
GRADUS_API std::string base64(std::string_view bytes);

// Two rows of pixels in a line of text: upper half blocks (U+2580), the upper pixel in the character's colour and the
// lower one in that of its ground. Every line ends with the colours back to the terminal's own, and a newline.
GRADUS_API std::string terminal_picture(const GreyImage& image);

}  // namespace gradus
