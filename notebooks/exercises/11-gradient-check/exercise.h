// What exercise.cpp defines, and the tests call.
#pragma once

#include <functional>
#include <vector>

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Records a function of parameters on the tape that it is given. The result may have any shape.
using Function = std::function<Var(Tape&)>;

// Whether the tape's gradient of f by each of the parameters, every element of it, is the derivative of f.
bool my_gradcheck(const Function& f, const std::vector<Parameter*>& parameters);

}  // namespace GRADUS_REAL
}  // namespace gradus
