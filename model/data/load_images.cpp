#include "model/data/load_images.h"

#include "model/data/glyphs.h"
#include "model/data/mnist.h"

namespace gradus {
inline namespace GRADUS_REAL {

ImageData load_images(const std::string& folder, std::uint64_t seed) {
  constexpr Index train = 20000, test = 2000;
  if (folder.empty()) return {"Glyphs", make_glyphs(seed, train), make_glyphs(seed, test, train)};
  return load_mnist(folder);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
