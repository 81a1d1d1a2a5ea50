// expect: the weights of a temporary module are gone before backward reads them: give the module a name
#include "model/gpt.h"
using namespace gradus;
Var mistake(Tape& t) {
  return TinyGpt(GptConfig{})(t, {{1, 2}, {0, 4}});
}
