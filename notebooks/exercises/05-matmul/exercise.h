// What exercise.cpp defines, and the tests call.
#pragma once

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// C = A B.  A (M, K), B (K, N), C (M, N).
Var my_matmul(Operand A, Operand B);

}  // namespace GRADUS_REAL
}  // namespace gradus
