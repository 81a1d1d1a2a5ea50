// Loops over several threads, with results that do not depend on how many: what one iteration computes is fixed by its
// number, never by its thread, and sums over iterations are added up afterwards in the order of their numbers. The
// thread count is an argument, not a global setting. Internal to the library.
#pragma once

#include <algorithm>
#include <exception>

#include "autograd/shape.h"

namespace gradus {

GRADUS_API int available_threads();  // OpenMP's default for this process; 1 where the build has no OpenMP

// A call of its own, so that the code of a body exists once although two loops use it.
template <class Body>
[[gnu::noinline]] void run_iteration(const Body& body, Index i) {
  body(i);
}

// body(i) for i in 0 ... n - 1, in any order. What a body throws (std::bad_alloc) reaches the caller after all others ran;
// of several, that of the lowest i, as it would on one thread. One iteration, or one thread, does without
// OpenMP: its region costs a third of a microsecond even there, more than most ops on a single number.
template <class Body>
void parallel_for([[maybe_unused]] int threads, Index n, const Body& body) {
#if defined(_OPENMP)
  if (threads > 1 && n > 1) {
    std::exception_ptr failure;  // none may leave the region by itself: that would end the program
    Index failed = n;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (Index i = 0; i < n; ++i) {
      try {
        run_iteration(body, i);
      } catch (...) {
#pragma omp critical(gradus_failure)
        if (i < failed) failed = i, failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  for (Index i = 0; i < n; ++i) run_iteration(body, i);
}

// body(begin, count) for pieces of 0 ... n - 1. The pieces depend on n alone.
template <class Body>
void parallel_pieces(int threads, Index n, const Body& body) {
  constexpr Index piece = 16384;  // values: a few microseconds of work, and a multiple of every vector length
  parallel_for(threads, (n + piece - 1) / piece, [&](Index i) { body(i * piece, std::min(piece, n - i * piece)); });
}

// body(group, i) for i in 0 ... n - 1, dealt out to group_count(n) groups in order; a group runs on one thread, so that
// it can keep memory to work in, or a sum of its own. The groups depend on n alone.
inline Index group_count(Index n) {
  return std::min<Index>(n, 16);
}
template <class Body>
void parallel_groups(int threads, Index n, const Body& body) {
  const Index groups = group_count(n);
  parallel_for(threads, groups, [&](Index g) {
    for (Index i = g * n / groups; i < (g + 1) * n / groups; ++i) body(g, i);
  });
}

}  // namespace gradus
