// Files: read with clear errors, and written so that at every moment either the whole old file or the whole new one
// stands at its path. Every error is one line that begins with the path.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "autograd/shape.h"
#include "model/files/utf8.h"

namespace gradus {

// A regular file, open for reading from any place in it. It stays the same file when another is renamed over its path.
class GRADUS_API InputFile {
 public:
  explicit InputFile(std::string path);  // throws InputError where it cannot be opened or is not a regular file
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  const std::string& path() const { return path_; }
  Index size() const { return size_; }                      // bytes, when it was opened
  void read(Index offset, void* to, std::size_t n) const;   // throws InputError unless all n bytes come
  [[noreturn]] void fail(const std::string& reason) const;  // throws InputError: "path: reason"

 private:
  std::string path_;
  int descriptor_;
  Index size_ = 0;
};

// The whole content of a regular file. Throws InputError.
GRADUS_API std::string read_file(const std::string& path);

// Writes a new file in the same folder, syncs it to the disk, renames it to `path`, syncs the folder. On failure the
// new file is removed, what stood at `path` before is untouched, and Error is thrown. A file that is replaced passes
// its permissions on; a symbolic link stays, and what it points at is replaced, or made. Only regular files are replaced.
GRADUS_API void write_file_atomically(const std::string& path, std::string_view bytes);
GRADUS_API void write_file_atomically(const std::string& path, std::span<const std::string_view> pieces);  // in order

// Removes the new files that stand beside `path` because whoever wrote them was killed before the renaming. Writing does
// so first; a long run does it when it starts. A file that another process is writing stays.
GRADUS_API void remove_leftovers(const std::string& path);

// The path of the file that writing to `path` would make or replace: where the symbolic links lead, dangling or not. Where
// they go on for more than 40, as in a circle, it is one of them.
GRADUS_API std::string without_links(const std::string& path);

}  // namespace gradus
