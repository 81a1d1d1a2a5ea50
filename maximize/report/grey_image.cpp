#include "maximize/report/grey_image.h"

#include <algorithm>

#include "model/files/png.h"

namespace gradus {
namespace {

// The nearest of the 256-colour table's greys: 16 is black, 231 white, 232 ... 255 are 8, 18 ... 238.
int terminal_grey(int value) {
  if (value < 4) return 16;
  if (value > 246) return 231;
  return 232 + std::min((value - 3) / 10, 23);
}

}  // namespace

std::string png(const GreyImage& image) {
  return png_bytes(image.width, image.height, 1, image.values);
}

std::string base64(std::span<const std::uint8_t> bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {  // three bytes become four digits of six bits
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (i + j < bytes.size() ? bytes[i + j] : 0U);
    for (std::size_t j = 0; j < 4; ++j) text += i + j > bytes.size() ? '=' : digits[group >> (18 - 6 * j) & 63U];
  }
  return text;
}

std::string base64(std::string_view bytes) {
  return base64(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

std::string terminal_picture(const GreyImage& image) {
  std::string text;
  for (Index y = 0; y < image.height; y += 2) {
    for (Index x = 0; x < image.width; ++x) {
      const auto colour = [&](Index row) { return std::to_string(terminal_grey(image.values[row * image.width + x])); };
      text += "\033[38;5;" + colour(y);
      text += (y + 1 < image.height ? ";48;5;" + colour(y + 1) : "") + "m\u2580";
    }
    text += "\033[0m\n";
  }
  return text;
}

}  // namespace gradus
