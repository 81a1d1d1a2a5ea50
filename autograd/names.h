// Names: the tree of a tape's scopes and addresses, and which value was given which address. Without Real.
//
// A scope is a path of module names, "h.1.mlp"; an address is a scope and a name, "h.1.mlp.act". Both are places of one
// tree, which is kept when the tape is cleared: a step that repeats makes no string.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/site.h"

namespace gradus {

class GRADUS_API Names {
 public:
  Names();
  void clear();  // no value has a name any more; the tree, what is wanted and where to stop are kept

  // --- places, by number: 0 is the root, whose path is ""
  const std::string& path(int place) const { return places_[place].path; }
  bool wanted(int place) const { return places_[place].wanted; }
  bool stops(int place) const { return places_[place].stops; }
  int in_scope(std::string_view name) { return child(scope_, name); }  // the place of this name in the present scope

  // --- scopes
  int scope() const { return scope_; }  // the present one
  struct Outer {                        // what close() goes back to
    int scope;
    Site outermost;
  };
  Outer open(std::string_view local, Site at);  // `local` inside the present scope, "" for no change
  void close(const Outer& outer);
  std::string where(
      Site at) const;  // ", in h.0.mlp, at train.cpp:41": the line of the outermost open scope, or else `at`

  // --- addresses of values
  int free_place(std::string_view name);                 // in the present scope; "act#2" where "act" is taken
  void put(int place, int value);                        // the value has this address from now on
  int find(std::string_view address) const;              // the value that has it; -1 for none
  std::span<const int> given() const { return given_; }  // the places, in order

  // --- what is asked for
  void stop_at(std::string_view address);
  void want(std::string_view address);

 private:
  struct Place {
    std::string path;
    std::map<std::string, int, std::less<>> children;  // by their names inside this one
    int value = -1;                                    // what was named so since clear()
    bool wanted = false, stops = false;
  };
  int child(int parent, std::string_view local);  // makes it where it does not exist
  void mark(Place& place) const;

  std::vector<Place> places_;
  std::map<std::string, int, std::less<>> by_path_;
  std::vector<int> given_;
  int scope_ = 0, open_scopes_ = 0;
  Site outermost_;  // where the outermost open scope was called: the user's line
  std::string stop_;
  std::vector<std::string> wanted_;
};

}  // namespace gradus
