// --profile of the commands that step: a profile where it is asked for, in words and as JSON.
#pragma once

#include <string>

#include "autograd/inspect/profile.h"
#include "maximize/app/command.h"

namespace gradus::app {

class ProfileOption {
 public:
  static constexpr const char* help = "Show the time, GFLOP/s and bytes of every op and module, the slowest first";

  explicit ProfileOption(bool on) : on_(on) {}  // off, it does nothing and shows nothing
  void add(Tape& tape);                         // after each step
  void add_to(Json& json_of_run) const;         // as "profile"
  std::string text() const;

 private:
  bool on_;
  Profile profile_;
};

}  // namespace gradus::app
