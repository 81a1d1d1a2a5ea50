// Which nodes of a tape share a box where it is drawn.
#pragma once

#include "autograd/tape_table.h"

namespace gradus::inline GRADUS_REAL {

struct Group {
  std::vector<std::string> inside;  // the modules around it, and itself where it stands for one: {"h.0", "mlp"}
  std::vector<const TapeRow*> ops;  // one, or all of a module
  bool whole = false;               // whether it stands for a module
};

// The rows from number `first` on that are not leaves, at most `most` groups in the order of recording: each op for
// itself, or all of a module together, the inner modules first. The op named `open` and the modules around it stay
// apart (then there may be more groups); without one, if modules are not enough, the middle of the tape becomes one
// group.
std::vector<Group> groups(const std::vector<TapeRow>& rows, int first, const std::string& open, int most);

// "h.0.mlp" of {"h.0", "mlp", "c_fc"} and 2.
std::string joined(const std::vector<std::string>& modules, std::size_t count);

}  // namespace gradus::inline GRADUS_REAL
