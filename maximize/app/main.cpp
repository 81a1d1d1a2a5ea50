// gradus: the command-line program. Exit status: 0 done, 1 failed, 2 wrong usage or input, 130 stopped by Ctrl-C.
#include <csignal>
#include <cstdio>
#include <new>

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
  gradus::app::add_gradcheck(program);
}

}  // namespace

int main(int argc, char** argv) {
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
