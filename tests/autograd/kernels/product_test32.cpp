// The same cases in float.
#include "product_test.cpp"
