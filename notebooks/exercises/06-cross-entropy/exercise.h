// What exercise.cpp defines, and the tests call.
#pragma once

#include <vector>

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// The mean over the rows of -log softmax(x)[target].  x (B, C), logits; one target 0 ... C - 1 a row; the result is ().
Var my_cross_entropy(Operand x, const std::vector<Index>& targets);

}  // namespace GRADUS_REAL
}  // namespace gradus
