// What may be said to `gradus`: commands, options and their ranges. CLI11 reads it. Its headers take four seconds to
// compile, so command_line.cpp alone includes them.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>

namespace CLI {
class App;
}

namespace gradus::app {

// The numbers that an option takes; NaN and infinity are none. The error tells what was expected and what was given.
struct Range {
  bool whole;
  double least, most;
  bool open;  // above `least`, not from it
};
Range whole_number(std::int64_t least, std::int64_t most);
Range number_above_0();
Range number_from_0(double most = 0);  // 0: without an end

// What a command does; the result is the exit status.
using Run = std::function<int()>;

// A command that is being described. Names of options begin with --, other names are of arguments without one. The help
// shows the default of an option, unless it is "" or a number out of range, which stands for "the command chooses".
class Command {
 public:
  Command(CLI::App& app, Run& run) : app_(&app), run_(&run) {}

  Command command(const std::string& name, const std::string& help);  // a command below this one
  void text(const std::string& name, std::string& value, const std::string& help, bool required = false);
  void file(const std::string& name, std::string& path, const std::string& help, bool required = false);  // never ""
  template <class T>  // int, std::int64_t or double
  void number(const std::string& name, T& value, const std::string& help, const Range& range);
  void flag(const std::string& name, bool& value, const std::string& help);
  void seed(std::uint64_t& value, const std::string& help);
  void excludes(const std::string& name, std::initializer_list<const char*> others);
  void epilogue(const std::string& text);  // the end of the help: examples
  void does(Run run);                      // what it does when it is called

 private:
  CLI::App* app_;
  Run* run_;
};

// The whole program: describe(program) adds its commands. Does what was asked for. Misuse throws InputError.
int run_command_line(int argc, char** argv, const std::function<void(Command&)>& describe);

}  // namespace gradus::app
