// gradus_peer WORK [--threads N] [--layers N] [--heads N] [--width N] [--context N] [--batch N]
//
// Does a piece of work (work.h) when asked to, so that another process can do the same in turn. Commands, one a line on
// standard input; each is answered by one line of JSON on standard output:
//   save PATH   writes the start as safetensors, for the peer        {"flops": 3.2e9}
//   run N       N steps                                              {"ms": [...], "loss": [...]}
//   memory      the peak of this process' memory so far, in bytes    {"peak": 123456}
// The process sleeps while it waits. OpenMP's threads stop spinning some milliseconds after the last step.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "autograd/error.h"
#include "work.h"

namespace {

using namespace gradus;

// VmHWM of /proc/self/status: the most memory that was ever resident, in bytes.
long long peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return 1024 * std::stoll(line.substr(6));
  return 0;
}

void print_list(const char* name, const std::vector<double>& values) {
  std::printf("\"%s\": [", name);
  for (std::size_t i = 0; i < values.size(); ++i) std::printf("%s%.9g", i > 0 ? ", " : "", values[i]);
  std::printf("]");
}

void run_steps(bench::Work& work, int steps) {
  std::vector<double> ms, loss;
  for (int i = 0; i < steps; ++i) {
    const auto start = std::chrono::steady_clock::now();
    loss.push_back(work.step());
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::printf("{");
  print_list("ms", ms);
  std::printf(", ");
  print_list("loss", loss);
  std::printf("}\n");
}

int serve(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.size() % 2 == 0)
    throw InputError(
        "usage: gradus_peer WORK [--threads N] [--layers N] [--heads N] [--width N] [--context N] [--batch N]");
  int threads = 0;
  bench::Sizes sizes;
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const std::string& option = arguments[i];
    const int n = std::stoi(arguments[i + 1]);
    if (option == "--threads")
      threads = n;
    else if (option == "--layers")
      sizes.layers = n;
    else if (option == "--heads")
      sizes.heads = n;
    else if (option == "--width")
      sizes.width = n;
    else if (option == "--context")
      sizes.context = n;
    else if (option == "--batch")
      sizes.batch = n;
    else
      throw InputError("gradus_peer: there is no option " + option);
  }
  const auto work = bench::make_work(arguments[0], threads, sizes);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, argument;
    words >> command >> argument;
    if (command == "save") {
      work->save(argument);
      std::printf("{\"flops\": %.17g}\n", work->flops());
    } else if (command == "run") {
      run_steps(*work, std::stoi(argument));
    } else if (command == "memory") {
      std::printf("{\"peak\": %lld}\n", peak_memory());
    } else {
      throw InputError("gradus_peer: expected save, run or memory, got '" + line + "'");
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return serve({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
