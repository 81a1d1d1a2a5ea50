// Name: where a module stands in its model. Its path names its parameters ("h.0.mlp.c_fc" -> "h.0.mlp.c_fc.weight"),
// its last part is the scope that it opens on the tape inside its parent's.
#pragma once

#include <string>
#include <string_view>

#include "autograd/config.h"

namespace gradus {

struct Name {
  std::string path, local;

  Name() = default;  // the model itself
  Name(const char* name) : path(name), local(name) {}
  Name operator/(std::string_view child) const {
    Name n;
    n.local = child;
    n.path = path.empty() ? n.local : path + "." + n.local;
    return n;
  }
};

}  // namespace gradus
