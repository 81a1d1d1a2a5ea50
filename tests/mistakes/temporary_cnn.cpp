// expect: the weights of a temporary module are gone before backward reads them: give the module a name
#include "model/cnn.h"
using namespace gradus;
Var mistake(Var x) {
  return sum(TinyCnn(CnnConfig{})(x));
}
