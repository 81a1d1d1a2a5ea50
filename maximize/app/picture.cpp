#include "maximize/app/picture.h"

#include <algorithm>
#include <cmath>

#include "model/files/png.h"

namespace gradus::app {

std::vector<std::uint8_t> grey(const Real* values, Index count) {
  std::vector<std::uint8_t> bytes;
  for (Index i = 0; i < count; ++i)
    bytes.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(values[i], Real(0), Real(1)))));
  return bytes;
}

void write_contact_sheet(const std::string& path, const Tensor& images, Index columns, Index zoom) {
  const Index count = images.shape()[0], H = images.shape()[2], W = images.shape()[3], gap = count > 1 ? zoom : 0;
  columns = std::min(columns, count);
  const Index rows = (count + columns - 1) / columns;
  const Index height = rows * H * zoom + (rows - 1) * gap, width = columns * W * zoom + (columns - 1) * gap;
  std::vector<std::uint8_t> sheet(height * width, 96);
  for (Index i = 0; i < count; ++i) {
    const std::vector<std::uint8_t> one = grey(images.data() + i * H * W, H * W);
    const Index top = i / columns * (H * zoom + gap), left = i % columns * (W * zoom + gap);
    for (Index y = 0; y < H * zoom; ++y)
      for (Index x = 0; x < W * zoom; ++x) sheet[(top + y) * width + left + x] = one[y / zoom * W + x / zoom];
  }
  write_png(path, width, height, 1, sheet);
}

}  // namespace gradus::app
