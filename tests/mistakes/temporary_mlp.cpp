// expect: the weights of a temporary module are gone before backward reads them: give the module a name
#include "nn/modules.h"
using namespace gradus;
Var mistake(Var x) {
  return sum(Mlp("mlp", 4, 0)(x));
}
