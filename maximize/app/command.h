// What the commands of `gradus` share: the common options, the progress line, Ctrl-C, and how results and errors leave.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "maximize/app/command_line.h"

namespace gradus::app {

using Json = nlohmann::ordered_json;

struct Common {
  std::uint64_t seed = 0;
  int threads = 0;
  bool json = false;
  std::string out;
};

// Adds --seed, --threads, --json and --out (with what it names and its default) to a command.
void add_common(Command& command, Common& common, const std::string& out_help, const std::string& out_default);

// Adds --heads: for a GPT whose file does not tell how many attention heads it has.
void add_heads(Command& command, int& heads);

// The commands: each adds itself to the program, with its help and examples.
void add_demo(Command& program);
void add_train(Command& program);
void add_train_judge(Command& train);
void add_maximize(Command& program);
void add_observe(Command& program);
void add_generate(Command& program);
void add_inspect(Command& program);
void add_tape(Command& program);
void add_exhaust(Command& program);
void add_gradcheck(Command& program);

inline constexpr int interrupted_status = 130;  // 128 + SIGINT, as a shell reports it

// While it lives, Ctrl-C (and a polite kill, and the end of the terminal) is noted instead of ending the process: long loops ask and stop cleanly.
// A handler notes the signal. To block it would not do: the system hands it to any thread that does not block it, and
// OpenMP's threads may be older than this. What was ignored before (nohup) stays ignored.
class Interrupt {
 public:
  explicit Interrupt(bool ends_reading = false);  // whether it also ends a read from standard input
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();
  bool pending() const;

 private:
  std::array<struct sigaction, 3> before_{};
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
