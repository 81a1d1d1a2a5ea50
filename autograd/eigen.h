// For users who want Eigen: views of a Tensor, and Tensors from Eigen's matrices and tensors. The library's other
// headers do not include Eigen, which would cost every file that uses them a second to compile.
//
//   gradus::matrix_view(t) * v              a tensor of two axes (others: all but the last are rows) as a matrix
//   gradus::tensor_view<3>(t).sum()         as an Eigen::Tensor of three axes (unsupported/Eigen/CXX11/Tensor)
//   gradus::Tensor t = gradus::tensor(m);   a copy of a matrix or an Eigen::Tensor, in row-major order
//
// A view does not own the values: the tensor must outlive it. Throws Error where the number of axes does not fit.
#pragma once

#include <Eigen/Core>
#include <unsupported/Eigen/CXX11/Tensor>

#include "autograd/error.h"
#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

using EigenMatrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <int Rank>
using EigenTensor = Eigen::Tensor<Real, Rank, Eigen::RowMajor, Index>;

inline Eigen::Map<EigenMatrix> matrix_view(Tensor& t) {
  const Index cols = t.shape().rank() == 0 ? 1 : t.shape()[-1];
  return {t.data(), cols == 0 ? 0 : t.size() / cols, cols};
}
inline Eigen::Map<const EigenMatrix> matrix_view(const Tensor& t) {
  const Index cols = t.shape().rank() == 0 ? 1 : t.shape()[-1];
  return {t.data(), cols == 0 ? 0 : t.size() / cols, cols};
}

template <int Rank>
Eigen::DSizes<Index, Rank> eigen_sizes(const Tensor& t) {
  if (t.shape().rank() != Rank)
    throw Error("tensor_view: expected " + std::to_string(Rank) + " axes, got " + t.shape().str());
  Eigen::DSizes<Index, Rank> sizes;
  for (int i = 0; i < Rank; ++i) sizes[i] = t.shape()[i];
  return sizes;
}
template <int Rank>
Eigen::TensorMap<EigenTensor<Rank>> tensor_view(Tensor& t) {
  return {t.data(), eigen_sizes<Rank>(t)};
}
template <int Rank>
Eigen::TensorMap<const EigenTensor<Rank>> tensor_view(const Tensor& t) {
  return {t.data(), eigen_sizes<Rank>(t)};
}

template <class Derived>
Tensor tensor(const Eigen::DenseBase<Derived>& m) {
  Tensor t(Shape{m.rows(), m.cols()});
  matrix_view(t) = m.template cast<Real>();
  return t;
}
template <int Rank>
Tensor tensor(const EigenTensor<Rank>& e) {
  Index sizes[Rank];
  for (int i = 0; i < Rank; ++i) sizes[i] = e.dimension(i);
  Tensor t(Shape(sizes, Rank));
  std::copy_n(e.data(), e.size(), t.data());
  return t;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
