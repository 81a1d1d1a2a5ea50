// The matchers, and a failing test's text: a course's test is one line.
#include "autograd/gradcheck/catch.h"
#include "autograd/ops.h"
#include "tests/autograd/exercise.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

TEST_CASE("a gradient check is one line of a test, and fails with the report") {
  Parameter x("x", Tensor({2, 3}, {1, -2, 3, 0.5, 4, -1}));
  const auto square_by = [&](double factor) {
    return gradcheck(
        [&, factor](Tape& t) {
          return exercise(
              {t.leaf(x)}, {2, 3}, each([](Exercise& n, Index j) { return n.in(0)[j] * n.in(0)[j]; }),
              [factor](Exercise& n) { n.accumulate(0, [&](Index j) { return factor * n.grad[j] * n.in(0)[j]; }); });
        },
        {&x});
  };
  REQUIRE_THAT(gradcheck([&](Tape& t) { return softmax(t.leaf(x)); }, {&x}), PassesGradcheck());
  REQUIRE_THAT(square_by(2), PassesGradcheck());
  REQUIRE_THAT(square_by(1), FailsGradcheck(Cause::factor));
  REQUIRE_THAT(square_by(-2), FailsGradcheck(Cause::sign) && !PassesGradcheck());
  REQUIRE_FALSE(PassesGradcheck().match(square_by(1)));
  REQUIRE_FALSE(FailsGradcheck(Cause::sign).match(square_by(1)));
  REQUIRE_FALSE(FailsGradcheck(Cause::sign).match(square_by(2)));
  REQUIRE(FailsGradcheck(Cause::not_summed_back).describe() == "should fail, and name the cause: not summed back");
  REQUIRE_THAT(Catch::StringMaker<Gradcheck>::convert(square_by(1)),
               Contains("gradcheck: FAILED") && Contains("off by a constant factor of 0.5"));
}
