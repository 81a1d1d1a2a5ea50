#include "model/data/mnist.h"

#include <filesystem>

#include "autograd/error.h"
#include "model/data/idx.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The path of "train-images" and the like under any of its spellings; empty where there is none.
std::string find(const std::string& folder, const std::string& name, const std::string& axes) {
  for (const char* prefix : {"", "mnist-"})
    for (const char* joint : {"-", "."})
      for (const char* suffix : {"", ".gz"}) {
        const std::filesystem::path path = std::filesystem::path(folder) / (prefix + name + joint + axes + suffix);
        if (std::filesystem::exists(path)) return path.string();
      }
  return "";
}

bool has_pair(const std::string& folder, const std::string& set) {
  const std::string images = find(folder, set + "-images", "idx3-ubyte");
  const std::string labels = find(folder, set + "-labels", "idx1-ubyte");
  if (images.empty() != labels.empty())
    throw InputError(folder + ": holds " + (images.empty() ? labels : images) + ", but no " + set +
                     (images.empty() ? "-images-idx3-ubyte" : "-labels-idx1-ubyte") + " (plain or .gz)");
  return !images.empty();
}

Images read_pair(const std::string& folder, const std::string& set) {
  const LabelledBytes pair = read_idx_pair(find(folder, set + "-images", "idx3-ubyte"),  //
                                           find(folder, set + "-labels", "idx1-ubyte"));
  return images_from_bytes(pair.images, pair.labels);
}

}  // namespace

ImageData load_mnist(const std::string& folder) {
  if (!std::filesystem::is_directory(folder))
    throw InputError(folder + ": no such folder, expected MNIST's files in it");
  if (!has_pair(folder, "t10k"))
    throw InputError(folder + ": no t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (plain or .gz)");
  if (has_pair(folder, "train")) return {folder, read_pair(folder, "train"), read_pair(folder, "t10k")};
  const Images all = read_pair(folder, "t10k");
  const Index split = all.size() * 4 / 5;
  return {folder, image_range(all, 0, split), image_range(all, split, all.size())};
}

}  // namespace GRADUS_REAL
}  // namespace gradus
