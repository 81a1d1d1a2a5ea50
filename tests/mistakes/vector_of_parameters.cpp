// expect: a Parameter cannot move, nor can a module that has one: keep them in a std::deque
#include <vector>
#include "autograd/parameter.h"
using namespace gradus;
void mistake(std::vector<Parameter>& all) {
  all.emplace_back("w", Shape{2, 3});
}
