// A Tensor seen as Eigen types. Internal: the library's own arithmetic goes through these views. (Users who want Eigen
// include autograd/eigen.h.) Written without `auto`: an Eigen expression kept in an `auto` variable dangles.
#pragma once

#include <Eigen/Core>
#include <concepts>

#include "autograd/kernels/parallel.h"
#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixMap = Eigen::Map<Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;
using ConstMatrixMap = Eigen::Map<const Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;
using Array = Eigen::Array<Real, Eigen::Dynamic, 1>;
using ArrayMap = Eigen::Map<Array>;
using ConstArrayMap = Eigen::Map<const Array>;

// All values as one array, in row-major order.
inline ArrayMap array(Tensor& t) {
  return {t.data(), t.size()};
}
inline ConstArrayMap array(const Tensor& t) {
  return {t.data(), t.size()};
}

// A stretch of memory as an array.
inline ArrayMap array(Real* from, Index n) {
  return {from, n};
}
inline ConstArrayMap array(const Real* from, Index n) {
  return {from, n};
}

// A tensor as a matrix of the given sizes; a matrix inside one, whose rows start `stride` values apart.
inline MatrixMap matrix(Real* from, Index rows, Index cols, Index stride) {
  return {from, rows, cols, Eigen::OuterStride<>(stride)};
}
inline ConstMatrixMap matrix(const Real* from, Index rows, Index cols, Index stride) {
  return {from, rows, cols, Eigen::OuterStride<>(stride)};
}
inline MatrixMap matrix(Tensor& t, Index rows, Index cols) {
  return matrix(t.data(), rows, cols, cols);
}
inline ConstMatrixMap matrix(const Tensor& t, Index rows, Index cols) {
  return matrix(t.data(), rows, cols, cols);
}

// -x, also of 0: Eigen's own negation of whole vectors makes 0 of 0.
template <class Expression>
auto negative(const Expression& x) {
  return x * Real(-1);
}

// to = expression, or to += expression, element by element; large ones over several threads.
template <class Expression>
  requires std::derived_from<Expression, Eigen::ArrayBase<Expression>>
void assign(Tensor& to, bool add, int threads, const Expression& expression) {
  parallel_pieces(threads, to.size(), [&](Index begin, Index n) {
    if (add)
      array(to.data() + begin, n) += expression.segment(begin, n);
    else
      array(to.data() + begin, n) = expression.segment(begin, n);
  });
}

}  // namespace GRADUS_REAL
}  // namespace gradus
