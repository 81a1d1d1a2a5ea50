// The three ways in which values change places: spread out, summed back, axes permuted. Internal; used by the ops.
#pragma once

#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

// to = from, repeated along the axes where it has size 1 (or no axis, at the front). from's shape broadcasts to to's.
void expand(const Tensor& from, Tensor& to);

// The opposite: to = from (or to += from), summed over the axes along which `to` would be repeated.
void sum_to(const Tensor& from, Tensor& to, bool add);

// to = from (or +=) with axis i of `to` being axis order[i] of `from`.
void permute_axes(const Tensor& from, const int* order, Tensor& to, bool add);

// The opposite: axis order[i] of `to` is axis i of `from`.
void permute_axes_back(const Tensor& from, const int* order, Tensor& to, bool add);

}  // namespace GRADUS_REAL
}  // namespace gradus
