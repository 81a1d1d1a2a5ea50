#include "maximize/app/outputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>

#include "autograd/error.h"
#include "model/files/file.h"

namespace gradus::app {
namespace {

namespace fs = std::filesystem;

std::string shown(const std::string& path) {
  return printable(path, 4096);
}

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw InputError(shown(path) + ": " + reason);
}

std::string system_reason() {
  return std::generic_category().message(errno);
}

std::string folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

// Two paths lead to one file when their identities are equal: of a file that exists, its device and number there; of
// one that does not, its folder's and the name.
using Identity = std::tuple<dev_t, ino_t, std::string>;

std::optional<Identity> identity(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return Identity(status.st_dev, status.st_ino, "");
  const std::string target = without_links(path);
  if (stat(folder_of(target).c_str(), &status) != 0) return std::nullopt;
  return Identity(status.st_dev, status.st_ino, fs::path(target).filename().string());
}

// Whether a folder takes new files is best found out by making one, as permissions do not tell it of every file system.
void expect_folder_takes_files(const std::string& path, const std::string& folder) {
  for (int i = 0;; ++i) {
    const std::string trial = folder + "/.gradus-" + std::to_string(getpid()) + "-try" + std::to_string(i);
    const int descriptor = open(trial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 && errno == EEXIST) continue;
    if (descriptor < 0) refuse(path, "no file can be made in its folder: " + system_reason());
    close(descriptor);
    unlink(trial.c_str());
    return;
  }
}

// In a folder with the sticky bit (/tmp), only the owner of a file may replace it.
bool may_replace(const struct stat& file, const struct stat& folder) {
  const uid_t user = geteuid();
  return !(folder.st_mode & S_ISVTX) || user == 0 || file.st_uid == user || folder.st_uid == user;
}

void expect_writable(const std::string& path) {
  const std::string target = without_links(path), folder = folder_of(target);
  struct stat there {
  }, around{};
  if (stat(folder.c_str(), &around) != 0 || !S_ISDIR(around.st_mode)) refuse(path, "there is no folder to write it in");
  const bool exists = lstat(target.c_str(), &there) == 0;
  if (!exists && errno != ENOENT) refuse(path, "cannot be written: " + system_reason());
  if (exists && S_ISDIR(there.st_mode)) refuse(path, "expected a file to write, got a folder");
  if (exists && S_ISLNK(there.st_mode)) refuse(path, "too many links, one behind another");
  if (exists && !S_ISREG(there.st_mode)) refuse(path, "expected a regular file to replace, got a device or a pipe");
  if (fs::path(target).filename().empty()) refuse(path, "expected a file to write, got a folder");
  if (exists && !may_replace(there, around)) refuse(path, "belongs to another user and cannot be replaced");
  expect_folder_takes_files(path, folder);
  remove_leftovers(target);
}

void expect_other_file(const std::string& output, const std::string& input, const std::string& named) {
  const std::optional<Identity> written = identity(output);
  if (written && written == identity(input))
    refuse(output, "cannot be written to: this run reads it" + (named == output ? "" : " as " + shown(named)));
}

}  // namespace

void expect_outputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs) {
  for (const std::string& output : outputs) {
    if (output.empty()) continue;
    expect_writable(output);
    for (const std::string& input : inputs) {
      if (input.empty()) continue;
      expect_other_file(output, input, input);
      std::error_code error;
      for (fs::directory_iterator file(input, error), end; !error && file != end; file.increment(error))
        expect_other_file(output, file->path().string(), file->path().string());
    }
    for (const std::string& other : outputs) {
      if (&other == &output) break;
      if (!other.empty() && identity(other) == identity(output))
        refuse(output, "would be written twice" + (other == output ? "" : ", also as " + shown(other)));
    }
  }
}

}  // namespace gradus::app
