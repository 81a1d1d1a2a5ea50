// Claims and what comes of them.
#include "maximize/claim.h"

#include <limits>

#include "tests/catch.h"

using namespace gradus;

TEST_CASE("a claim holds, fails or is undecided") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  REQUIRE(above(2, 1) == Outcome::holds);
  REQUIRE(above(1, 1) == Outcome::fails);
  REQUIRE(above(0, 1) == Outcome::fails);
  REQUIRE(above(nan, 1) == Outcome::undecided);
  REQUIRE(above(2, nan) == Outcome::undecided);
  REQUIRE(above(1.1, 2, 1) == Outcome::holds);
  REQUIRE(above(0.5, 2, 1) == Outcome::undecided);
  REQUIRE(above(1, 2, 1) == Outcome::undecided);  // the interval holds the threshold
  REQUIRE(above(0.5, 0.9, 1) == Outcome::fails);
  REQUIRE(above(0.5, nan, 1) == Outcome::undecided);
  REQUIRE(holds(true) == Outcome::holds);
  REQUIRE(name(Outcome::holds) == std::string("HOLDS"));
  REQUIRE(name(Outcome::fails) == std::string("FAILS"));
  REQUIRE(name(Outcome::undecided) == std::string("UNDECIDED"));
}
