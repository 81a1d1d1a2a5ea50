#include "maximize/app/command.h"

#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <filesystem>

#include "autograd/error.h"
#include "model/files/utf8.h"

namespace gradus::app {
namespace {

constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t signal_came = 0;  // all that a signal handler may touch

}  // namespace

void add_common(Command& command, Common& common, const std::string& out_help, const std::string& out_default) {
  common.out = out_default;
  command.seed(common.seed, "Of everything random; the same seed gives the same result");
  command.number("--threads", common.threads, "How many to use, 0 for all cores; no result depends on it",
                 whole_number(0, 1024));
  command.flag("--json", common.json, "Print one JSON object on standard output and nothing else");
  command.file("--out", common.out, out_help);
}

void add_heads(Command& command, int& heads) {
  command.number("--heads", heads, "Attention heads of a GPT whose file does not tell them; 0 for what it tells",
                 whole_number(0, 65536));
}

Interrupt::Interrupt(bool ends_reading) {
  signal_came = 0;
  struct sigaction note {};
  note.sa_handler = [](int) { signal_came = 1; };
  note.sa_flags = ends_reading ? 0 : SA_RESTART;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    sigaction(signals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(signals[i], &note, nullptr);
  }
}

Interrupt::~Interrupt() {
  for (std::size_t i = 0; i < before_.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
}

bool Interrupt::pending() const {
  return signal_came != 0;
}

ProgressLine::ProgressLine(std::string what)
    : what_(printable(what)), terminal_(isatty(STDERR_FILENO) == 1), start_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() {
  if (terminal_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(int step, int steps, const std::string& detail) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(100) && step != steps) return;
  last_ = now;
  const double spent = std::chrono::duration<double>(now - start_).count();
  const double left = step > 0 ? spent * (steps - step) / step : 0;
  std::fprintf(stderr, "\r\033[K%s  %d/%d  %s  %.0f s left", what_.c_str(), step, steps, detail.c_str(), left);
  std::fflush(stderr);
}

void print_result(const Common& common, const Json& json, const std::string& text) {
  // What a file says is in here: nothing that a terminal would obey leaves, and a zero does not end it.
  const std::string shown = common.json
                                ? printable_json(json.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n"
                                : printable_lines(text);
  std::fwrite(shown.data(), 1, shown.size(), stdout);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw Error("standard output: cannot be written");
}

std::string format(const char* pattern, ...) {
  std::va_list arguments, again;
  va_start(arguments, pattern);
  va_copy(again, arguments);
  std::string text(static_cast<std::size_t>(std::vsnprintf(nullptr, 0, pattern, arguments)), '\0');
  std::vsnprintf(text.data(), text.size() + 1, pattern, again);
  va_end(again);
  va_end(arguments);
  return text;
}

std::string hex(std::uint64_t fingerprint) {
  return format("%016llx", static_cast<unsigned long long>(fingerprint));
}

std::string shipped_weights(const std::string& file) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path installed = program.parent_path().parent_path() / "share" / "gradus" / "weights" / file;
  return fs::exists(installed, error) ? installed.string() : GRADUS_SOURCE_DIR "/model/weights/" + file;
}

}  // namespace gradus::app
