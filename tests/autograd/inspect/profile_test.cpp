// Profile: where the time of a step goes.
#include "autograd/inspect/profile.h"

#include "autograd/ops.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

void step(Tape& t, const Parameter& w) {
  t.clear();
  t.zero_grad();
  Var x = t.constant(Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
  {
    const Scope scope(t, "fc");
    x = relu(matmul(x, t.leaf(w)));  // (2, 3)(3, 5)
  }
  t.backward(sum(x));
}

}  // namespace

TEST_CASE("a profile tells a step's nodes, products and bytes, by op and by module, the slowest first") {
  Parameter w("w", Tensor(Shape{3, 5}));
  w.mutable_value().fill(1);
  Tape t({&w});
  Profile profile;
  for (int i = 0; i < 5; ++i) {
    step(t, w);
    profile.add(t);
  }
  REQUIRE(profile.steps() == 2);
  REQUIRE(profile.skipped() == Profile::warm_up);
  const std::vector<ProfileRow> ops = profile.ops(), modules = profile.modules();
  REQUIRE(ops.size() == 3);
  REQUIRE(modules.size() == 2);
  double inside = 0;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    inside += ops[i].seconds();
    REQUIRE((i == 0 || ops[i].seconds() <= ops[i - 1].seconds()));
    REQUIRE(ops[i].nodes == 1);
    REQUIRE(ops[i].forward > 0);
    // A product of 2 * 3 * 5 terms forward, and one of the same size back to the weight: the input is constant.
    REQUIRE(ops[i].flops == (ops[i].name == "matmul" ? 2 * (2.0 * 2 * 3 * 5) : 0));
    REQUIRE(ops[i].bytes == 2.0 * sizeof(Real) * (ops[i].name == "sum" ? 1 : 2 * 5));
  }
  REQUIRE(profile.outside_seconds() + inside == Approx(profile.step_seconds()));
  for (const ProfileRow& row : modules) {
    REQUIRE((row.name == "fc" || row.name == "(no module)"));
    REQUIRE(row.nodes == (row.name == "fc" ? 2 : 1));
    REQUIRE(row.flops == (row.name == "fc" ? 120 : 0));
  }
  REQUIRE_THAT(profile.text(), Contains("profile of 2 steps, the first 3 left out: ") && Contains("\nmatmul ") &&
                                   Contains("\n(outside the ops) ") && Contains("\nfc "));
}

TEST_CASE("a profile of fewer steps than it leaves out says so") {
  Parameter w("w", Tensor(Shape{3, 5}));
  w.mutable_value().fill(1);
  Tape t({&w});
  Profile profile;
  step(t, w);
  profile.add(t);
  REQUIRE(profile.steps() == 0);
  REQUIRE(profile.ops().empty());
  REQUIRE(profile.text() == "profile: no step was measured, for the first 3 are left out\n");
}
