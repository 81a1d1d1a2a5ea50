// What exercise.cpp defines, and the tests call.
#pragma once

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// y = log(1 + exp(x)), elementwise, for every x that a double can hold.
Var my_softplus(Operand x);

}  // namespace GRADUS_REAL
}  // namespace gradus
