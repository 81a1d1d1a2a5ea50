#include "maximize/report/picture.h"

#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "model/files/png.h"

namespace gradus {
inline namespace GRADUS_REAL {

GreyImage grey_image(const Real* values, Index height, Index width, std::string caption) {
  GreyImage image{width, height, {}, std::move(caption)};
  for (Index i = 0; i < height * width; ++i)
    image.values.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(values[i], Real(0), Real(1)))));
  return image;
}

GreyImage grey_image(const Real* values, Index height, Index width, Real least, Real most) {
  std::vector<Real> stretched;
  for (Index i = 0; i < height * width; ++i)
    stretched.push_back((values[i] - least) / std::max(most - least, Real(1e-12)));
  return grey_image(stretched.data(), height, width);
}

GreyImage contact_sheet(const Tensor& images, Index columns, Index zoom) {
  const Shape& shape = images.shape();
  const bool one = shape.rank() == 2;
  if ((!one && (shape.rank() != 4 || shape[1] != 1)) || images.empty() || columns < 1 || zoom < 1)
    throw Error("contact_sheet: expected images (N, 1, H, W) or (H, W), columns and zoom of at least 1, got " +
                shape.str() + ", " + std::to_string(columns) + " and " + std::to_string(zoom));
  const Index count = one ? 1 : shape[0], H = shape[-2], W = shape[-1], gap = zoom;
  columns = std::min(columns, count);
  const Index rows = (count + columns - 1) / columns;
  const Index height = rows * H * zoom + (rows - 1) * gap, width = columns * W * zoom + (columns - 1) * gap;
  GreyImage sheet{width, height, std::vector<std::uint8_t>(height * width, 96)};
  for (Index i = 0; i < count; ++i) {
    const GreyImage image = grey_image(images.data() + i * H * W, H, W);
    const Index top = i / columns * (H * zoom + gap), left = i % columns * (W * zoom + gap);
    for (Index y = 0; y < H * zoom; ++y)
      for (Index x = 0; x < W * zoom; ++x)
        sheet.values[(top + y) * width + left + x] = image.values[y / zoom * W + x / zoom];
  }
  return sheet;
}

void write_contact_sheet(const std::string& path, const Tensor& images, Index columns, Index zoom) {
  const GreyImage sheet = contact_sheet(images, columns, zoom);
  write_png(path, sheet.width, sheet.height, 1, sheet.values);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
