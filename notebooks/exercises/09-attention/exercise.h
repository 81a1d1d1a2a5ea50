// What exercise.cpp defines, and the tests call.
#pragma once

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// One head of causal self-attention. q, k, v (T, hs), y (T, hs):
//   s_ij = q_i . k_j / sqrt(hs) for the keys j that query i may see,   p_i = softmax(s_i),   y_i = sum over j of p_ij v_j
Var my_attention(Operand q, Operand k, Operand v);

}  // namespace GRADUS_REAL
}  // namespace gradus
