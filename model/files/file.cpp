#include "model/files/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "autograd/error.h"
#include "autograd/hash.h"

namespace gradus {
namespace {

std::string system_reason() {
  return std::generic_category().message(errno);
}

// A system call, again where a signal interrupted it.
template <class Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

// Where the new file of this target is written: one name for each process that writes it at the same time. It tells the
// target by a fingerprint, because the target's own name may be as long as a name can be.
constexpr int most_writers = 8;
std::string draft_path(const std::string& target, int writer) {
  std::uint64_t h = hash_start;
  for (const char c : target.substr(target.rfind('/') + 1)) h = hash_step(h, static_cast<unsigned char>(c));
  char name[48];
  std::snprintf(name, sizeof name, "/.gradus-%016llx-%d.tmp", static_cast<unsigned long long>(h), writer);
  return folder_of(target) + name;
}

// The new file while it is being written. Unless it was renamed, it is removed when this goes. Its writer holds a lock on
// it, which ends with the process: a file that can be locked was left behind.
struct Draft {
  const std::string& target;
  std::string folder, path;
  int descriptor = -1;
  bool renamed = false;

  explicit Draft(const std::string& to) : target(to), folder(folder_of(to)) {
    // Not mkstemp: its files are private to the owner, while a new file follows the process's umask.
    for (int writer = 0; descriptor < 0; ++writer) {
      path = draft_path(to, writer);
      descriptor = uninterrupted([&] { return open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
      if (descriptor < 0 && (errno != EEXIST || writer > 1000)) fail("cannot make a file in its folder");
      if (descriptor < 0) continue;
      uninterrupted([&] { return flock(descriptor, LOCK_EX); });
      struct stat status {};
      if (fstat(descriptor, &status) == 0 && status.st_nlink > 0) continue;
      close(std::exchange(descriptor, -1));  // taken for left behind, before the lock
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
      const ssize_t n = uninterrupted([&] { return write(descriptor, bytes.data(), bytes.size()); });
      if (n < 0) fail("cannot write");
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void finish() {
    if (uninterrupted([&] { return fsync(descriptor); }) != 0) fail("cannot write to the disk");
    if (rename(path.c_str(), target.c_str()) != 0) fail("cannot replace it");
    renamed = true;
    // A close that was interrupted has closed all the same, and the data are on the disk.
    if (close(std::exchange(descriptor, -1)) != 0 && errno != EINTR) fail("cannot write to the disk");
    // The rename itself lasts once the folder is on the disk. Some file systems cannot sync a folder and say so by
    // other codes; EIO alone means that the disk failed.
    descriptor = uninterrupted([&] { return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor >= 0 && uninterrupted([&] { return fsync(descriptor); }) != 0 && errno == EIO)
      fail("cannot write its folder to the disk");
  }
};

}  // namespace

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer; reading a regular file does not change by it.
  descriptor_ = uninterrupted([&] { return open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); });
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
    const ssize_t got = uninterrupted([&] { return pread(descriptor_, at, n, offset); });
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
  const std::string target = without_links(path);
  struct stat status {};
  const bool exists = lstat(target.c_str(), &status) == 0;
  if (exists && S_ISLNK(status.st_mode)) throw Error(printable(path, 4096) + ": its symbolic links lead nowhere");
  if (exists && !S_ISREG(status.st_mode))
    throw Error(printable(path, 4096) + ": expected a regular file to replace, got " +
                (S_ISDIR(status.st_mode) ? "a folder" : "a device or a pipe"));
  remove_leftovers(target);
  Draft draft(target);
  for (const std::string_view piece : pieces) draft.write_all(piece);
  if (exists && fchmod(draft.descriptor, status.st_mode & 0777) != 0) draft.fail("cannot set its permissions");
  draft.finish();
}

void remove_leftovers(const std::string& path) {
  const std::string target = without_links(path);
  for (int writer = 0; writer < most_writers; ++writer) {
    const std::string left = draft_path(target, writer);
    const int descriptor = open(left.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) continue;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) unlink(left.c_str());
    close(descriptor);
  }
}

std::string without_links(const std::string& path) {
  namespace fs = std::filesystem;
  fs::path target = path;
  std::error_code error;
  for (int links = 0; links < 40 && fs::is_symlink(target, error); ++links) {
    const fs::path next = fs::read_symlink(target, error);
    if (error) break;
    target = target.parent_path() / next;  // an absolute `next` replaces the folder
  }
  return target.string();
}

}  // namespace gradus
