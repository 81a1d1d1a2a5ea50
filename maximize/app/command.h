// What the commands of `gradus` share: the common options, the progress line, Ctrl-C, and how results and errors leave.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace gradus::app {

using Json = nlohmann::ordered_json;

struct Common {
  std::uint64_t seed = 0;
  int threads = 0;
  bool json = false;
  std::string out;
};

// Adds --seed, --threads, --json and --out (with what it names and its default) to a command.
void add_common(CLI::App& command, Common& common, const std::string& out_help, const std::string& out_default);

// What an option's value may be; the error tells what was expected and what was given. NaN and infinity are no numbers.
CLI::Validator whole_number(std::int64_t least, std::int64_t most);
CLI::Validator number_above_0();
CLI::Validator number_from_0(double most = std::numeric_limits<double>::max());

// Throws InputError unless a file can be written to this path; "" names none. For long work: it is asked before it.
void expect_writable(const std::string& path);

// The commands: each adds itself, with its help and examples, and sets `run` when it is the one that was called. The
// result of run is the exit status.
using Run = std::function<int()>;
void add_demo(CLI::App& app, Run& run);
void add_train(CLI::App& app, Run& run);
void add_maximize(CLI::App& app, Run& run);
void add_observe(CLI::App& app, Run& run);
void add_generate(CLI::App& app, Run& run);
void add_inspect(CLI::App& app, Run& run);
void add_tape(CLI::App& app, Run& run);
void add_gradcheck(CLI::App& app, Run& run);

inline constexpr int interrupted_status = 130;  // 128 + SIGINT, as a shell reports it

// While it lives, Ctrl-C (and a polite kill) is noted instead of ending the process: long loops ask and stop cleanly.
// A handler notes the signal. To block it would not do: the system hands it to any thread that does not block it, and
// OpenMP's threads may be older than this. What was ignored before (nohup) stays ignored.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();
  bool pending() const;

 private:
  std::array<struct sigaction, 2> before_{};
};

// One line on the terminal that is written over and over; nothing at all where standard error is not a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();                                            // wipes the line
  void show(int step, int steps, const std::string& detail);  // at most ten times a second

 private:
  std::string what_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, last_;
};

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The result of a command: with --json one object on standard output, otherwise the given text.
void print_result(const Common& common, const Json& json, const std::string& text);

std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));
std::string hex(std::uint64_t fingerprint);  // 16 digits

// The folder of the weights that come with gradus: beside the installed program, or in the source tree of a build.
std::string shipped_weights(const std::string& file);

}  // namespace gradus::app
