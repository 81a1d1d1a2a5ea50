#include "model/data/mnist.h"

#include <filesystem>
#include <system_error>

#include "autograd/error.h"
#include "model/data/idx.h"
#include "model/files/file.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

namespace fs = std::filesystem;

// What a path leads to, or not_found. Throws InputError where the system does not let us see.
fs::file_type type_of(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::none || (error && type != fs::file_type::not_found))
    throw InputError(printable(path.string(), 4096) + ": cannot be read: " + error.message());
  return type;
}

// The path of the file "train-images" and the like under any of its spellings; empty where there is none.
std::string file_in(const std::string& folder, const std::string& name, const std::string& axes) {
  for (const char* prefix : {"", "mnist-"})
    for (const char* joint : {"-", "."})
      for (const char* suffix : {"", ".gz"}) {
        const fs::path path = fs::path(folder) / (prefix + name + joint + axes + suffix);
        if (type_of(path) == fs::file_type::regular) return path.string();
      }
  return "";
}

bool has_pair(const std::string& folder, const std::string& set) {
  const std::string images = file_in(folder, set + "-images", "idx3-ubyte");
  const std::string labels = file_in(folder, set + "-labels", "idx1-ubyte");
  if (images.empty() != labels.empty())
    throw InputError(printable(folder, 4096) + ": holds " + printable(images.empty() ? labels : images, 4096) +
                     ", but no " + set + (images.empty() ? "-images-idx3-ubyte" : "-labels-idx1-ubyte") +
                     " (plain or .gz)");
  return !images.empty();
}

Images read_pair(const std::string& folder, const std::string& set) {
  const LabelledBytes pair = read_idx_pair(file_in(folder, set + "-images", "idx3-ubyte"),  //
                                           file_in(folder, set + "-labels", "idx1-ubyte"));
  return images_from_bytes(pair.images, pair.labels);
}

}  // namespace

ImageData load_mnist(const std::string& folder) {
  const std::string name = printable(folder, 4096);
  if (type_of(folder) != fs::file_type::directory)
    throw InputError(name + ": no such folder, expected MNIST's files in it");
  if (!has_pair(folder, "t10k"))
    throw InputError(name + ": no t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (plain or .gz)");
  if (has_pair(folder, "train")) return {folder, read_pair(folder, "train"), read_pair(folder, "t10k")};
  const Images all = read_pair(folder, "t10k");
  const Index split = all.size() * 4 / 5;
  if (split == 0) throw InputError(name + ": expected at least 2 images, to train and to test on, got 1");
  return {folder, image_range(all, 0, split), image_range(all, split, all.size())};
}

}  // namespace GRADUS_REAL
}  // namespace gradus
