#include "model/files/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "autograd/error.h"

namespace gradus {
namespace {

// The number of bytes of the UTF-8 character that `text` starts with; 0 where it starts with none, or with a control
// character (U+0000 to U+001F, U+007F to U+009F: terminals obey those).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return byte(0) >= 0x20 && byte(0) != 0x7f;
  const std::size_t n = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || n > text.size()) return 0;
  unsigned code = byte(0) & (0x7fU >> n);
  for (std::size_t i = 1; i < n; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  const unsigned least[] = {0xa0, 0x800, 0x10000};  // of 2, 3 and 4 bytes; anything less has a shorter form
  return code >= least[n - 2] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? n : 0;
}

std::string system_reason() {
  return std::generic_category().message(errno);
}

// The new file while it is being written. Unless it was renamed, it is removed when this goes.
struct Draft {
  const std::string& target;
  std::string folder, path;
  int descriptor = -1;
  bool renamed = false;

  explicit Draft(const std::string& to) : target(to) {
    const std::size_t slash = to.rfind('/');
    folder = slash == std::string::npos ? "." : to.substr(0, slash + 1);
    // Not mkstemp: its files are private to the owner, while a new file follows the process's umask.
    for (int i = 0; descriptor < 0; ++i) {
      path = folder + "/.gradus-" + std::to_string(getpid()) + "-" + std::to_string(i) + ".tmp";
      descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor < 0 && errno != EEXIST) fail("cannot make a file in its folder");
    }
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (descriptor >= 0) close(descriptor);
    if (!renamed) unlink(path.c_str());
  }

  [[noreturn]] void fail(const char* what) const {
    throw Error(printable(target, 4096) + ": " + what + ": " + system_reason());
  }

  void write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = write(descriptor, bytes.data(), bytes.size());
      if (n < 0 && errno != EINTR) fail("cannot write");
      if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void finish() {
    if (fsync(descriptor) != 0) fail("cannot write to the disk");
    if (close(std::exchange(descriptor, -1)) != 0) fail("cannot write to the disk");
    if (rename(path.c_str(), target.c_str()) != 0) fail("cannot replace it");
    renamed = true;
    // The rename itself lasts once the folder is on the disk. Some file systems cannot sync a folder and say so by
    // other codes; EIO alone means that the disk failed.
    descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0 && fsync(descriptor) != 0 && errno == EIO) fail("cannot write its folder to the disk");
  }
};

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() >= most) return out + "...";
    const std::size_t n = character_length(text.substr(i));
    if (n > 0) {
      out += text.substr(i, n);
    } else {
      const char* digits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(text[i]);
      out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
    i += n > 0 ? n : 1;
  }
  return out;
}

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer; reading a regular file does not change by it.
  descriptor_ = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) fail("cannot open: " + system_reason());
  struct stat status {};
  const bool known = fstat(descriptor_, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    close(descriptor_);
    fail(known && S_ISDIR(status.st_mode) ? "expected a file, got a folder" : "expected a regular file");
  }
  size_ = status.st_size;
}

InputFile::~InputFile() {
  close(descriptor_);
}

void InputFile::read(Index offset, void* to, std::size_t n) const {
  char* at = static_cast<char*>(to);
  while (n > 0) {
    const ssize_t got = pread(descriptor_, at, n, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot read: " + system_reason());
    if (got == 0) fail("became shorter while it was read");
    at += got;
    offset += got;
    n -= static_cast<std::size_t>(got);
  }
}

void InputFile::fail(const std::string& reason) const {
  throw InputError(printable(path_, 4096) + ": " + reason);
}

std::string read_file(const std::string& path) {
  const InputFile file(path);
  std::string bytes(file.size(), '\0');
  file.read(0, bytes.data(), bytes.size());
  return bytes;
}

void write_file_atomically(const std::string& path, std::string_view bytes) {
  write_file_atomically(path, std::span(&bytes, 1));
}

void write_file_atomically(const std::string& path, std::span<const std::string_view> pieces) {
  std::string target = path;
  struct stat status {};
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists) {
    if (!S_ISREG(status.st_mode))
      throw Error(printable(path, 4096) + ": expected a regular file to replace, got " +
                  (S_ISDIR(status.st_mode) ? "a folder" : "a device or a pipe"));
    if (char* real = realpath(path.c_str(), nullptr)) {
      target = real;
      free(real);
    }
  }
  Draft draft(target);
  for (const std::string_view piece : pieces) draft.write_all(piece);
  if (exists && fchmod(draft.descriptor, status.st_mode & 0777) != 0) draft.fail("cannot set its permissions");
  draft.finish();
}

}  // namespace gradus
