// What exercise.cpp defines, and the tests call.
#pragma once

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// y_oij = sum over c, r, s of x_c,i+r,j+s w_ocrs.  One image x (C, H, W), kernels w (O, C, R, S), y (O, H - R + 1, W - S + 1).
Var my_conv(Operand x, Operand w);

}  // namespace GRADUS_REAL
}  // namespace gradus
