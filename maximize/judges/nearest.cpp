#include "maximize/judges/nearest.h"

#include <cmath>

#include "autograd/error.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

double product(const Real* a, const Real* b) {
  double sum = 0;
  for (Index j = 0; j < glyph_pixels; ++j) sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
  return sum;
}

}  // namespace

std::vector<NearestImage> nearest_images(const Tensor& images, const Images& data) {
  if (data.size() == 0) throw Error("nearest_images: expected at least one image of the data, got none");
  std::vector<double> lengths;
  for (Index k = 0; k < data.size(); ++k) {
    const Real* of_data = data.pixels.data() + k * glyph_pixels;
    lengths.push_back(std::sqrt(product(of_data, of_data)));
  }
  std::vector<NearestImage> all;
  for (Index i = 0; i < images.shape()[0]; ++i) {
    const Real* image = images.data() + i * glyph_pixels;
    const double length = std::sqrt(product(image, image));
    NearestImage nearest{0, -1};
    for (Index k = 0; k < data.size(); ++k) {
      const double both = length * lengths[static_cast<std::size_t>(k)];
      const double cosine = both > 0 ? product(image, data.pixels.data() + k * glyph_pixels) / both : 0;
      if (cosine > nearest.cosine) nearest = {k, cosine};
    }
    all.push_back(nearest);
  }
  return all;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
