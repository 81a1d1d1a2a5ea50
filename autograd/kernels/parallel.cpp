#include "autograd/kernels/parallel.h"

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace gradus {

int available_threads() {
#if defined(_OPENMP)
  return omp_get_max_threads();
#else
  return 1;
#endif
}

}  // namespace gradus
