// gradus: the command-line program. Exit status: 0 done, 1 failed, 2 wrong usage or input, 130 stopped by Ctrl-C.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>

#include "autograd/error.h"
#include "maximize/app/command.h"
#include "model/files/file.h"

namespace {

// One line, whatever went wrong.
int complain(const std::string& problem, int status) {
  std::fprintf(stderr, "gradus: %s\n", gradus::printable(problem, 8192).c_str());
  return status;
}

void describe(gradus::app::Command& program) {
  program.epilogue("Each command has its own help with examples: gradus train --help");
  gradus::app::add_demo(program);
  gradus::app::add_train(program);
  gradus::app::add_maximize(program);
  gradus::app::add_observe(program);
  gradus::app::add_generate(program);
  gradus::app::add_inspect(program);
  gradus::app::add_tape(program);
  gradus::app::add_exhaust(program);
  gradus::app::add_gradcheck(program);
}

bool in_a_debugger() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("TracerPid:")) return line != "TracerPid:\t0";
  return false;
}

// How long OpenMP's threads spin before they sleep is read from the environment when libgomp is loaded, before main. Its
// default is milliseconds: with other programs on the cores, a thread that waits takes the time that the one it waits for
// needs. A thousand turns are some microseconds, enough between two loops of a step. So the program starts itself again
// with that, as the same process with the same arguments, unless the user has set either variable.
void wait_briefly(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") || std::getenv("OMP_WAIT_POLICY") || in_a_debugger()) return;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error || setenv("GOMP_SPINCOUNT", "1000", 0) != 0) return;
  execv(program.c_str(), argv);  // returns only where that is not to be had; then it waits as it is
}

}  // namespace

int main(int argc, char** argv) {
  wait_briefly(argv);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is then an error like any other
  try {
    return gradus::app::run_command_line(argc, argv, describe);
  } catch (const gradus::InputError& e) {
    return complain(e.what(), 2);
  } catch (const gradus::Error& e) {
    return complain(e.what(), 1);
  } catch (const std::bad_alloc&) {
    return complain("not enough memory", 1);
  } catch (const std::exception& e) {
    return complain(e.what(), 1);
  }
}
