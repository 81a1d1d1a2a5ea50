#include "model/files/other_kind.h"

#include <algorithm>
#include <cctype>

namespace gradus {

std::string other_kind(const InputFile& file) {
  std::string start(static_cast<std::size_t>(std::min<Index>(file.size(), 256)), ' ');
  file.read(0, start.data(), start.size());
  if (start.starts_with("version https://git-lfs"))
    return "a pointer of Git LFS to a file that was not fetched (git lfs pull fetches it)";
  if (start.starts_with("PK\3\4"))
    return "a zip archive, as torch.save writes (a pickle, which is code; safetensors.torch.save_file writes weights)";
  if (start.starts_with("\x80") && start.size() > 1 && start[1] >= 2 && start[1] <= 5)
    return "a pickle, which is code (safetensors.torch.save_file writes weights)";
  std::string words = start.substr(std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  std::transform(words.begin(), words.end(), words.begin(), [](unsigned char c) { return std::tolower(c); });
  if (words.starts_with("<!doctype html") || words.starts_with("<html") || words.starts_with("<?xml"))
    return "a web page (HTML), perhaps an error of the server that it came from";
  return words.starts_with("{") ? "JSON text without the length before it" : "";
}

}  // namespace gradus
