// expect: the weights of a temporary module are gone before backward reads them: give the module a name
#include "model/gpt.h"
using namespace gradus;
Var mistake(Var x) {
  return sum(TinyGpt(GptConfig{})(x));
}
