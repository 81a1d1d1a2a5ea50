// Real: the number type of the whole library, chosen when it is compiled, so that no template stands between a reader
// and the code. The build makes two libraries: `gradus` (float, for speed) and `gradus64` (double, GRADUS_DOUBLE
// defined, for gradient checks). Everything that contains a Real lives in an inline namespace named after it, so a
// program that mixes the two fails at link time instead of computing nonsense.
#pragma once

#if defined(GRADUS_DOUBLE)
#define GRADUS_REAL f64
#else
#define GRADUS_REAL f32
#endif

// The libraries are built with hidden visibility; only what carries this mark is exported.
#define GRADUS_API __attribute__((visibility("default")))

namespace gradus {
inline namespace GRADUS_REAL {
#if defined(GRADUS_DOUBLE)
using Real = double;
#else
using Real = float;
#endif
}  // namespace GRADUS_REAL
}  // namespace gradus
