// Pictures, written by libpng.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "autograd/shape.h"

namespace gradus {

// A PNG file of width x height pixels of 8 bits a channel, row by row from the top: 1 channel (grey, 0 black) or 3 (red,
// green, blue). Throws Error.
GRADUS_API std::string png_bytes(Index width, Index height, int channels, std::span<const std::uint8_t> pixels);

// The same, written to a path. The file appears whole or not at all (file.h).
GRADUS_API void write_png(const std::string& path, Index width, Index height, int channels,
                          std::span<const std::uint8_t> pixels);

}  // namespace gradus
