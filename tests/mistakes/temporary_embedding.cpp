// expect: the weights of a temporary module are gone before backward reads them: give the module a name
#include "nn/modules.h"
using namespace gradus;
Var mistake(Tape& t) {
  return Embedding("wte", 5, 3)(t, {{2}, {0, 4}});
}
