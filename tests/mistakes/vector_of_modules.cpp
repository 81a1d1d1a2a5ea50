// expect: a Parameter cannot move, nor can a module that has one: keep them in a std::deque
#include <vector>
#include "nn/modules.h"
using namespace gradus;
void mistake(std::vector<Linear>& all) {
  all.emplace_back("fc", 2, 3);
}
