#include "maximize/app/command_line.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <iostream>
#include <limits>

#include "autograd/error.h"
#include "maximize/app/command.h"

namespace gradus::app {
namespace {

// All of the text as a number of type T.
template <class T>
bool read_number(const std::string& text, T& number) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end && !text.empty();
}

bool contains(const Range& r, double x) {
  return (r.open ? x > r.least : x >= r.least) && x <= r.most;
}

std::string describe(const Range& r) {
  const std::string begin = format(r.open ? "above %.0f" : "from %.0f", r.least);
  const double endless = r.whole ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<double>::max();
  return r.most < endless ? begin + format(r.whole ? " to %.0f" : " to %g", r.most) : begin;
}

CLI::Validator within(const Range& r) {
  return CLI::Validator(
      [r](std::string& text) {
        double x = 0;
        std::int64_t n = 0;
        const bool read = r.whole ? read_number(text, n) : read_number(text, x) && std::isfinite(x);
        if (read && contains(r, r.whole ? static_cast<double>(n) : x)) return std::string();
        return (r.whole ? "expected a whole number " : "expected a number ") + describe(r) + ", got " + text;
      },
      describe(r));
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

[[noreturn]] void misused(const CLI::App& app, const CLI::ParseError* error) {
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
  throw InputError(problem + " (" + at.path + " --help tells the usage)");
}

// An option that needs a value and is followed by another option got none, although the parser would take the name.
void expect_values(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    for (const CLI::App* next : at->get_subcommands([](const CLI::App*) { return true; }))
      if (next->get_name() == name) {
        at = next;
        break;
      }
    const CLI::Option* option = name.starts_with("--") ? at->get_option_no_throw(name) : nullptr;
    if (!option || option->get_items_expected_max() == 0 || ++i == argc) continue;
    const std::string value = argv[i];
    if (value.starts_with("--") || value == "-h")
      throw InputError(name + ": expected a value, got the option " + value + " (" + name + "=" + value +
                       " takes it as it stands)");
  }
}

}  // namespace

Range whole_number(std::int64_t least, std::int64_t most) {
  return {true, static_cast<double>(least), static_cast<double>(most), false};
}

Range number_above_0() {
  return {false, 0, std::numeric_limits<double>::max(), true};
}

Range number_from_0(double most) {
  return {false, 0, most > 0 ? most : std::numeric_limits<double>::max(), false};
}

Command Command::command(const std::string& name, const std::string& help) {
  app_->require_subcommand(0, 1);
  return {*app_->add_subcommand(name, help), *run_};
}

void Command::text(const std::string& name, std::string& value, const std::string& help, bool required) {
  CLI::Option* option = app_->add_option(name, value, help)->required(required);
  if (name.starts_with("--")) option->capture_default_str();
}

void Command::file(const std::string& name, std::string& path, const std::string& help, bool required) {
  text(name, path, help, required);
  const auto check = [](std::string& text) {
    return std::string(text.empty() ? "expected the name of a file, got an empty one" : "");
  };
  app_->get_option(name)->check(CLI::Validator(check, ""));
}

template <class T>
void Command::number(const std::string& name, T& value, const std::string& help, const Range& range) {
  CLI::Option* option = app_->add_option(name, value, help)->check(within(range));
  if (contains(range, static_cast<double>(value))) option->capture_default_str();
}

template void Command::number(const std::string&, int&, const std::string&, const Range&);
template void Command::number(const std::string&, std::int64_t&, const std::string&, const Range&);
template void Command::number(const std::string&, double&, const std::string&, const Range&);

void Command::flag(const std::string& name, bool& value, const std::string& help) {
  app_->add_flag(name, value, help);
}

void Command::seed(std::uint64_t& value, const std::string& help) {
  const auto check = [](std::string& text) {
    std::uint64_t n = 0;
    return read_number(text, n) ? "" : "expected a whole number from 0 to 18446744073709551615, got " + text;
  };
  app_->add_option("--seed", value, help)->capture_default_str()->check(CLI::Validator(check, ""));
}

void Command::excludes(const std::string& name, std::initializer_list<const char*> others) {
  for (const char* other : others) app_->get_option(name)->excludes(app_->get_option(other));
}

void Command::epilogue(const std::string& text) {
  app_->footer(text);
}

void Command::does(Run run) {
  app_->callback([run = std::move(run), to = run_] { *to = run; });
}

int run_command_line(int argc, char** argv, const std::function<void(Command&)>& describe) {
  CLI::App app("One tape, two directions: train a tiny CNN or GPT, and turn it around to see what its units like best.",
               "gradus");
  app.set_version_flag("--version", "gradus " GRADUS_VERSION);
  Run run;
  Command program(app, run);
  describe(program);
  expect_values(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) {  // --help, --version
      app.exit(e);
      if (!std::cout.flush()) throw Error("standard output: cannot be written");
      return 0;
    }
    misused(app, &e);
  }
  if (!run) misused(app, nullptr);
  return run();
}

}  // namespace gradus::app
