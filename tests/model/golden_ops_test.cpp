// Every op's value and gradients against PyTorch's, in double.
#include "tests/model/golden_ops.h"

using namespace gradus;

TEST_CASE("every op of ops.h but dropout has golden cases, and all of them run") {
  std::set<std::string> ops;
  for (const GoldenResult& r : golden_results()) ops.insert(r.op);
  REQUIRE(ops.size() == 58);
  REQUIRE(golden_results().size() == 252);  // and four of the models
}

TEST_CASE("every op's value and gradients are PyTorch's to 1e-10") {
  for (const GoldenResult& r : golden_results()) {
    INFO(r.name << ": error " << r.error << " " << r.refused);
    CHECK(r.refused.empty());
    CHECK(r.error < 1e-10);
  }
}
