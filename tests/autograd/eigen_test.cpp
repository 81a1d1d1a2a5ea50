#include "autograd/eigen.h"

#include "tests/catch.h"

using namespace gradus;

TEST_CASE("a tensor is seen as an Eigen matrix and tensor, and both become tensors") {
  Tensor t({2, 1, 3}, {1, 2, 3, 4, 5, 6});
  REQUIRE(matrix_view(t)(1, 2) == 6);
  matrix_view(t)(1, 2) = 60;
  const Tensor& read = t;
  REQUIRE(tensor_view<3>(read)(1, 0, 2) == 60);
  tensor_view<3>(t)(0, 0, 1) = 20;
  REQUIRE(t.str() == "(2, 1, 3) [1, 20, 3, 4, 5, 60]");
  REQUIRE_THROWS_WITH(tensor_view<2>(t), "tensor_view: expected 2 axes, got (2, 1, 3)");
  Eigen::MatrixXf m(2, 2);  // column-major, another number type
  m << 1, 2, 3, 4;
  REQUIRE(tensor(m).str() == "(2, 2) [1, 2, 3, 4]");
  EigenTensor<3> e(1, 2, 2);
  e.setValues({{{1, 2}, {3, 4}}});
  REQUIRE(tensor(e).str() == "(1, 2, 2) [1, 2, 3, 4]");
  REQUIRE(matrix_view(Tensor({}, {7})).sum() == 7);
}
