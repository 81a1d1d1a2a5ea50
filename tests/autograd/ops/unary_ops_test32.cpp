// The same in float.
#include "tests/autograd/ops/unary_ops_test.cpp"
