// A folder of its own for a test, removed with everything in it.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "autograd/error.h"

namespace gradus::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "gradus-test-XXXXXX").string();
    if (!mkdtemp(path.data())) throw std::runtime_error("cannot make a temporary folder");
    path_ = path;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file, by other means than the library's.
  std::string file(const std::string& name, const std::string& bytes) const {
    std::ofstream(*this / name, std::ios::binary | std::ios::trunc) << bytes;
    return *this / name;
  }
  std::string bytes_of(const std::string& name) const {
    std::ifstream in(*this / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t count() const {  // of files in it
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(path_)) ++n;
    return n;
  }

 private:
  std::string path_;
};

// While it lives, root is a user to whom something is forbidden, but not the folder; others stay who they are.
class AsSomebody {
 public:
  explicit AsSomebody(const TemporaryFolder& folder) : root_(geteuid() == 0) {
    if (!root_) return;
    chmod(folder.path().c_str(), 0777);
    if (seteuid(65534) != 0) throw std::runtime_error("root may not become another user here");
  }
  ~AsSomebody() {
    if (root_ && seteuid(0) != 0) std::abort();
  }
  AsSomebody(const AsSomebody&) = delete;
  AsSomebody& operator=(const AsSomebody&) = delete;

 private:
  bool root_;
};

// What a call throws: "InputError: ..." or "Error: ...", with the folder's path left out; "" where it throws nothing.
template <class Call>
std::string thrown_by(const TemporaryFolder& folder, const Call& call) {
  std::string text;
  try {
    call();
    return "";
  } catch (const InputError& e) {
    text = std::string("InputError: ") + e.what();
  } catch (const Error& e) {
    text = std::string("Error: ") + e.what();
  }
  for (std::size_t at; (at = text.find(folder.path() + "/")) != std::string::npos;)
    text.erase(at, folder.path().size() + 1);
  return text;
}

}  // namespace gradus::test
