// Every op's value and gradients against PyTorch's float64, in float: the arguments are the same numbers (they are
// stored as float64, but every one is a float), so that only our rounding counts.
#include "tests/model/golden_ops.h"

using namespace gradus;

TEST_CASE("float: every op's value and gradients are PyTorch's to 1e-5") {
  for (const GoldenResult& r : golden_results()) {
    INFO(r.name << ": error " << r.error << " " << r.refused);
    CHECK(r.refused.empty());
    CHECK(r.error < 1e-5);
  }
}
