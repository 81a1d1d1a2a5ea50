#include "model/files/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

namespace {

int interrupted_syncs = 0;  // how many of the next calls of fsync a signal interrupts

}  // namespace

// Stands before the C library's, for the library under test too.
extern "C" __attribute__((visibility("default"))) int fsync(int descriptor) {
  if (interrupted_syncs > 0) {
    --interrupted_syncs;
    errno = EINTR;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

// While it lives, this process cannot make a file longer than `bytes`: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("a file is written, replaced, and read back") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.bin", bytes("one\0two\n\xff", 9);
  write_file_atomically(path, bytes);
  REQUIRE(folder.bytes_of("a.bin") == bytes);
  REQUIRE(read_file(path) == bytes);
  const std::string_view pieces[] = {"first ", "", "second"};
  write_file_atomically(path, pieces);
  REQUIRE(read_file(path) == "first second");
  write_file_atomically(path, "");
  REQUIRE(read_file(path).empty());
  REQUIRE(folder.count() == 1);  // no temporary file stays
}

TEST_CASE("a file without a folder in its path is written to the current folder") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_file_atomically("plain.txt", "x");
  std::filesystem::current_path(before);
  REQUIRE(folder.bytes_of("plain.txt") == "x");
}

TEST_CASE("a new file follows the umask, a replaced one keeps its permissions, a link stays a link") {
  const TemporaryFolder folder;
  const mode_t before = umask(027);
  write_file_atomically(folder / "new", "1");
  umask(before);
  REQUIRE(mode_of(folder / "new") == 0640);
  chmod((folder / "new").c_str(), 0604);
  std::filesystem::create_symlink("new", folder / "link");
  write_file_atomically(folder / "link", "2");
  REQUIRE(mode_of(folder / "new") == 0604);
  REQUIRE(std::filesystem::is_symlink(folder / "link"));
  REQUIRE(folder.bytes_of("new") == "2");
}

TEST_CASE("a file that cannot be read says why") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& path) { return thrown_by(folder, [&] { read_file(path); }); };
  REQUIRE(error(folder / "none") == "InputError: none: cannot open: No such file or directory");
  REQUIRE(error(folder / "no/ne") == "InputError: no/ne: cannot open: No such file or directory");
  std::filesystem::create_directory(folder / "sub");
  REQUIRE(error(folder / "sub") == "InputError: sub: expected a file, got a folder");
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  REQUIRE(error(folder / "pipe") == "InputError: pipe: expected a regular file");  // and does not wait for a writer
  REQUIRE(error("/dev/zero") == "InputError: /dev/zero: expected a regular file");
  REQUIRE(error(folder / "a\nb\x1b") == "InputError: a\\x0ab\\x1b: cannot open: No such file or directory");
}

TEST_CASE("a file that becomes shorter while it is read is noticed") {
  const TemporaryFolder folder;
  const InputFile file(folder.file("a", "12345678"));
  char bytes[8];
  file.read(4, bytes, 4);
  REQUIRE(std::string(bytes, 4) == "5678");
  std::filesystem::resize_file(folder / "a", 6);
  REQUIRE(thrown_by(folder, [&] { file.read(4, bytes, 4); }) == "InputError: a: became shorter while it was read");
}

TEST_CASE("a file that cannot be written leaves the old one untouched and nothing beside it") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& path, const std::string& bytes = "new") {
    return thrown_by(folder, [&] { write_file_atomically(path, bytes); });
  };
  REQUIRE(error(folder / "none/a") == "Error: none/a: cannot make a file in its folder: No such file or directory");
  std::filesystem::create_directory(folder / "sub");
  REQUIRE(error(folder / "sub") == "Error: sub: expected a regular file to replace, got a folder");
  // A pipe stands for /dev/null too, which root could lose to a test of broken code.
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  REQUIRE(error(folder / "pipe") == "Error: pipe: expected a regular file to replace, got a device or a pipe");
  REQUIRE(std::filesystem::is_fifo(folder / "pipe"));
  const std::string long_name(300, 'x');
  REQUIRE(error(folder / long_name) == "Error: " + long_name + ": cannot replace it: File name too long");

  folder.file("old", "old");
  {
    const FullDisk full(1000);
    REQUIRE(error(folder / "old", std::string(100'000, 'x')) == "Error: old: cannot write: File too large");
    REQUIRE(error(folder / "fresh", std::string(100'000, 'x')) == "Error: fresh: cannot write: File too large");
  }
  REQUIRE(folder.bytes_of("old") == "old");
  REQUIRE(folder.count() == 3);  // old, pipe, sub

  folder.file("sub/old", "old");
  chmod((folder / "sub").c_str(), 0555);
  {
    const AsSomebody somebody(folder);
    REQUIRE(error(folder / "sub/old") == "Error: sub/old: cannot make a file in its folder: Permission denied");
  }
  chmod((folder / "sub").c_str(), 0700);
  REQUIRE(folder.bytes_of("sub/old") == "old");
}

TEST_CASE("a link that leads nowhere yet stays a link, and the file is made where it leads") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "sub");
  std::filesystem::create_symlink("sub/to", folder / "first");
  std::filesystem::create_symlink("first", folder / "second");
  write_file_atomically(folder / "second", "1");
  REQUIRE(std::filesystem::is_symlink(folder / "first"));
  REQUIRE(std::filesystem::is_symlink(folder / "second"));
  REQUIRE(folder.bytes_of("sub/to") == "1");
  std::filesystem::create_symlink(folder / "absolute", folder / "third");
  write_file_atomically(folder / "third", "2");
  REQUIRE(folder.bytes_of("absolute") == "2");
  std::filesystem::create_symlink("none/to", folder / "fourth");
  REQUIRE(thrown_by(folder, [&] { write_file_atomically(folder / "fourth", "3"); }) ==
          "Error: none/to: cannot make a file in its folder: No such file or directory");
  std::filesystem::create_symlink("circle", folder / "circle");
  REQUIRE(thrown_by(folder, [&] { write_file_atomically(folder / "circle", "4"); }) ==
          "Error: circle: its symbolic links lead nowhere");
}

TEST_CASE("what a killed process left beside a file goes before the file is written again") {
  const TemporaryFolder folder;
  folder.file("old", "old");
  const auto die_writing = [&](const std::string& path) {
    const pid_t child = fork();
    if (child == 0) {  // killed by SIGXFSZ when the file becomes too long, as by SIGKILL: nothing cleans up
      signal(SIGXFSZ, SIG_DFL);
      const rlimit none{0, 0}, few{1000, 1000};
      setrlimit(RLIMIT_CORE, &none);
      setrlimit(RLIMIT_FSIZE, &few);
      write_file_atomically(path, std::string(100'000, 'x'));
      _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
  };
  const auto left = [&] {
    for (const auto& file : std::filesystem::directory_iterator(folder.path()))
      if (file.path().filename().string().starts_with(".gradus-")) return file.path().string();
    return std::string();
  };
  const std::string long_name(255, 'n');  // as long as a name can be
  for (const std::string& name : {std::string("old"), std::string("new"), long_name}) {
    die_writing(folder / name);
    REQUIRE(left() != "");
    remove_leftovers(folder / "other");  // of another file: not its business
    REQUIRE(left() != "");
    const int writer = open(left().c_str(), O_RDONLY);
    REQUIRE(flock(writer, LOCK_EX) == 0);  // as if it were still being written
    remove_leftovers(folder / name);
    REQUIRE(left() != "");
    close(writer);
    remove_leftovers(folder / name);
    REQUIRE(left() == "");
    die_writing(folder / name);
    write_file_atomically(folder / name, "new");
    REQUIRE(left() == "");
    REQUIRE(folder.bytes_of(name) == "new");
  }
}

TEST_CASE("a signal while the file goes to the disk is no failure") {
  const TemporaryFolder folder;
  interrupted_syncs = 3;
  write_file_atomically(folder / "a", "1");
  REQUIRE(interrupted_syncs == 0);
  REQUIRE(folder.bytes_of("a") == "1");
}
