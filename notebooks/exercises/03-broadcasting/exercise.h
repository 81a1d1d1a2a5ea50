// What exercise.cpp defines, and the tests call.
#pragma once

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// y = x s.  x (N, C), s (C), y (N, C): row n of y is row n of x, each column times its own number of s.
Var my_scale(Operand x, Operand s);

}  // namespace GRADUS_REAL
}  // namespace gradus
