#include <Eigen/Dense>
#include <cstdio>

#include "autograd/eigen.h"
#include "autograd/ops.h"
#include "autograd/tape.h"

int main() {
  const gradus::EigenMatrix a = gradus::EigenMatrix::Random(40, 30), b = gradus::EigenMatrix::Random(30, 20);
  gradus::Parameter w("w", gradus::tensor(a));
  gradus::Tape t({&w});
  const gradus::Var y = matmul(t.leaf(w), t.constant(gradus::tensor(b)));
  t.backward(sum(y));
  const double error = static_cast<double>((gradus::matrix_view(y.value()) - a * b).cwiseAbs().maxCoeff());
  std::printf("%g %d\n", error, t.has_grad(w));
  return error < 1e-5 && t.has_grad(w) ? 0 : 1;
}
