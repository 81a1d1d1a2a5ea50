// gradus: the command-line program. Exit status: 0 done, 1 failed, 2 wrong usage or input, 130 stopped by Ctrl-C.
#include <cstdio>
#include <new>

#include "autograd/error.h"
#include "maximize/app/command.h"

namespace {

// One line, whatever went wrong.
int complain(const std::string& problem, int status) {
  std::fprintf(stderr, "gradus: %s\n", problem.c_str());
  return status;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("One tape, two directions: train a tiny CNN or GPT, and turn it around to see what its units like best.",
               "gradus");
  app.require_subcommand(1);
  app.set_version_flag("--version", "gradus " GRADUS_VERSION);
  app.footer("Each command has its own help with examples: gradus train --help");
  gradus::app::Run run;
  gradus::app::add_demo(app, run);
  gradus::app::add_train(app, run);
  gradus::app::add_maximize(app, run);
  gradus::app::add_observe(app, run);
  gradus::app::add_generate(app, run);
  gradus::app::add_inspect(app, run);
  gradus::app::add_gradcheck(app, run);
  try {
    app.parse(argc, argv);
    return run();
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    return complain(first_line(e.what()) + " (gradus --help tells the usage)", 2);
  } catch (const gradus::InputError& e) {
    return complain(e.what(), 2);
  } catch (const gradus::Error& e) {
    return complain(e.what(), 1);
  } catch (const std::bad_alloc&) {
    return complain("not enough memory", 1);
  } catch (const std::exception& e) {
    return complain(first_line(e.what()), 1);
  }
}
