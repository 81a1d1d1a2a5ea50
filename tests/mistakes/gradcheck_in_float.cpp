// expect: a gradient check needs double: compile with GRADUS_DOUBLE and link gradus64
#include "autograd/gradcheck/gradcheck.h"
