// notebook_host IN OUT: loads compiled cells and runs them. IN and OUT are file descriptors of two pipes, which carry frames: a byte for the
// kind, four for the length of the rest, the rest.
//
//   IN   'L' path of a shared library, to be loaded for all cells
//        'X' number of a cell, newline, path of its shared object
//   OUT  'D' display, 'R' result of the cell: a mime bundle in JSON. Answered with one byte, so that it keeps its place among what is printed.
//        'E' the cell (or the loading) has ended: JSON
//
// Before each cell the process forks. The child sleeps, with the state as it was, and goes on in its parent's place if the cell crashes, ends
// the process or is interrupted.
#include <cxxabi.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace {

using Json = nlohmann::json;

// A signal handler and the cells' own calls have no argument to carry these.
int from_kernel, to_kernel, to_snapshot = -1;
int reached = 0;  // how many items of the cell came to their end
Json types = Json::object();

constexpr unsigned char cell_done = 255;  // what the snapshot is told when it is not needed; else the signal

bool read_all(int fd, void* to, std::size_t n) {
  for (auto* c = static_cast<char*>(to); n > 0;) {
    const ssize_t k = read(fd, c, n);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) return false;
    c += k;
    n -= static_cast<std::size_t>(k);
  }
  return true;
}

void send(char kind, const std::string& text) {
  std::string frame(1, kind);
  const auto n = static_cast<std::uint32_t>(text.size());
  frame.append(reinterpret_cast<const char*>(&n), sizeof n) += text;
  for (std::size_t done = 0; done < frame.size();) {
    const ssize_t k = write(to_kernel, frame.data() + done, frame.size() - done);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) _exit(3);
    done += static_cast<std::size_t>(k);
  }
}

std::string dump(const Json& j) {
  return j.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void flush() {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
}

void end(const char* status, const std::string& name = "", const std::string& value = "",
         const std::string& text = "") {
  flush();
  send('E', dump({{"status", status},
                  {"ename", name},
                  {"evalue", value},
                  {"text", text},
                  {"pid", getpid()},
                  {"reached", reached},
                  {"types", types}}));
}

std::string demangled(const char* name) {
  int failed = 0;
  char* p = abi::__cxa_demangle(name, nullptr, nullptr, &failed);
  std::string s = p ? p : name;
  std::free(p);
  return s;
}

// What dlopen said, with names as they were written.
std::string load_error() {
  const std::string why = dlerror();
  const auto symbol = why.rfind("_Z");
  return symbol == std::string::npos ? why : "undefined symbol: " + demangled(why.substr(symbol).c_str());
}

// Tells the snapshot the cause, and ends as the signal would have.
void on_signal(int signal) {
  const auto cause = static_cast<unsigned char>(signal);
  if (to_snapshot >= 0 && write(to_snapshot, &cause, 1) < 0) _exit(5);
  std::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  raise(signal);
}

void catch_signals() {
  static std::array<char, 1 << 16> stack;  // a stack overflow leaves none of its own
  stack_t alternative{};
  alternative.ss_sp = stack.data();
  alternative.ss_size = stack.size();
  sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  for (const int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGINT}) sigaction(s, &action, nullptr);
}

// OpenMP's threads do not survive a fork: a process that had some would wait for them forever.
pid_t twin() {
  if (void* pause = dlsym(RTLD_DEFAULT, "omp_pause_resource_all")) reinterpret_cast<int (*)(int)>(pause)(2);
  flush();
  return fork();
}

// Forks. Returns 0 in the process that is to run the cell; in the snapshot, once the cell has failed, the signal, or -1 where there was none.
int snapshot(pid_t& child) {
  std::array<int, 2> p;
  if (pipe2(p.data(), O_CLOEXEC) != 0 || (child = twin()) < 0) _exit(4);
  if (child != 0) {
    close(p[0]);
    to_snapshot = p[1];
    return 0;
  }
  close(p[1]);
  unsigned char cause = 0;
  const bool told = read_all(p[0], &cause, 1);
  close(p[0]);
  if (told && cause == cell_done) _exit(0);
  return told ? cause : -1;
}

void release(pid_t child) {
  if (write(to_snapshot, &cell_done, 1) < 0) _exit(5);
  close(to_snapshot);
  to_snapshot = -1;
  waitpid(child, nullptr, 0);
}

void run(int number, const std::string& path) {
  reached = 0;
  types = Json::object();
  pid_t child = 0;
  if (const int cause = snapshot(child); cause != 0)
    return end("crash", cause > 0 ? "Signal" : "Exit", cause > 0 ? strsignal(cause) : "the cell ended the process",
               "The state from before this cell is restored.");
  void* cell = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  void* start = cell ? dlsym(cell, ("gradus_cell_" + std::to_string(number)).c_str()) : nullptr;
  if (!start) {
    end("error", "LinkError", load_error(), "It is declared, but nothing that is loaded defines it.");
  } else {
    try {
      reinterpret_cast<void (*)()>(start)();
      end("ok");
    } catch (const std::exception& e) {
      end("error", demangled(typeid(e).name()), e.what());
    } catch (...) {
      const auto* type = abi::__cxa_current_exception_type();
      end("error", type ? demangled(type->name()) : "exception", "not derived from std::exception");
    }
  }
  release(child);
}

void load(const std::string& path) {
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL))
    end("ok");
  else
    end("error", "LinkError", load_error());
}

// The first process only adopts and reaps, for snapshots outlive their parents. It ends the session if the kernel dies.
[[noreturn]] void reap() {
  std::signal(SIGTERM, [](int) { kill(0, SIGKILL); });
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  for (int fd = 0; fd < 64; ++fd) close(fd);
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  _exit(0);
}

}  // namespace

extern "C" {  // cell.h

__attribute__((visibility("default"))) void nb_at(int item) {
  reached = item;
}
__attribute__((visibility("default"))) void nb_type(const char* name, const char* type, unsigned long size) {
  types[name] = std::string(type, size);
}
__attribute__((visibility("default"))) void nb_bundle(char kind, const char* json, unsigned long size) {
  flush();
  send(kind, {json, size});
  char answer;
  if (!read_all(from_kernel, &answer, 1)) _exit(0);
}
__attribute__((visibility("default"))) void nb_text(char kind, const char* text, unsigned long size) {
  const std::string s = dump({{"text/plain", std::string(text, size)}});
  nb_bundle(kind, s.data(), s.size());
}
}

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("notebook_host: expected two file descriptors; the notebook's kernel starts it\n", stderr);
    return 2;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (fork() != 0) reap();
  from_kernel = std::atoi(argv[1]);
  to_kernel = std::atoi(argv[2]);
  fcntl(from_kernel, F_SETFD, FD_CLOEXEC);
  fcntl(to_kernel, F_SETFD, FD_CLOEXEC);
  catch_signals();
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);  // so that %debug's gdb may attach, as another process of the same user
  end("ok");
  for (char kind; read_all(from_kernel, &kind, 1);) {
    std::uint32_t n = 0;
    if (!read_all(from_kernel, &n, sizeof n)) break;
    std::string text(n, '\0');
    if (!read_all(from_kernel, text.data(), n)) break;
    if (kind == 'L') {
      load(text);
    } else {
      const auto line = text.find('\n');
      run(std::atoi(text.c_str()), text.substr(line + 1));
    }
  }
  flush();
  _exit(0);
}
