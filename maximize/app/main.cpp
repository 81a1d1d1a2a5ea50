// gradus: the command-line program. Exit status: 0 done, 1 failed, 2 wrong usage or input, 130 stopped by Ctrl-C.
#include <cstdio>
#include <new>

#include "autograd/error.h"
#include "maximize/app/command.h"
#include "model/file.h"

namespace {

// One line, whatever went wrong.
int complain(const std::string& problem, int status) {
  std::fprintf(stderr, "gradus: %s\n", gradus::printable(problem, 8192).c_str());
  return status;
}

// The command that was reached, as in "gradus train cnn", and the names that may follow it.
struct Reached {
  std::string path, followers;
};

Reached reached(const CLI::App& app) {
  const CLI::App* at = &app;
  Reached r{app.get_name(), ""};
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    r.path += " " + at->get_name();
  }
  for (const CLI::App* next : at->get_subcommands([](const CLI::App*) { return true; }))
    r.followers += (r.followers.empty() ? "" : ", ") + next->get_name();
  return r;
}

int misused(const CLI::App& app, const CLI::ParseError* error) {
  const Reached at = reached(app);
  const std::vector<std::string> unknown = app.remaining(true);
  const bool value_is_wrong =
      error && !dynamic_cast<const CLI::ExtrasError*>(error) && !dynamic_cast<const CLI::RequiredError*>(error);
  std::string problem = error ? error->what() : "expected a command: " + at.followers;
  if (!value_is_wrong && !unknown.empty()) {
    const std::string& first = unknown.front();
    if (first.starts_with('-'))
      problem = "unknown option '" + first + "'";
    else if (!at.followers.empty())
      problem = "unknown command '" + first + "', expected one of: " + at.followers;
    else
      problem = "unexpected argument '" + first + "'";
  }
  return complain(problem + " (" + at.path + " --help tells the usage)", 2);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("One tape, two directions: train a tiny CNN or GPT, and turn it around to see what its units like best.",
               "gradus");
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", "gradus " GRADUS_VERSION);
  app.footer("Each command has its own help with examples: gradus train --help");
  gradus::app::Run run;
  gradus::app::add_demo(app, run);
  gradus::app::add_train(app, run);
  gradus::app::add_maximize(app, run);
  gradus::app::add_observe(app, run);
  gradus::app::add_generate(app, run);
  gradus::app::add_inspect(app, run);
  gradus::app::add_tape(app, run);
  gradus::app::add_gradcheck(app, run);
  try {
    app.parse(argc, argv);
    return run ? run() : misused(app, nullptr);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    return misused(app, &e);
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
