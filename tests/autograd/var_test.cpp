#include "autograd/var.h"

#include <sstream>
#include <string>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/tape.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

TEST_CASE("a stale, foreign or empty Var is refused, in the name of the op and at the user's line") {
  Parameter w("w", Tensor({}, {3}));
  Tape t({&w}), other({&w});
  const Var y = square(t.leaf(w)), none;
  const auto here = [](Site at = Site::current()) { return ", at " + file_line(at); };
  const std::string foreign = "this Var belongs to another tape; record all of a computation on one tape";
  REQUIRE_THROWS_WITH(y + other.leaf(w), "add: " + foreign + here());
  REQUIRE_THROWS_WITH(other.backward(y), "backward: " + foreign + here());
  const std::string empty = "this Var refers to nothing; assign it a result first";
  REQUIRE_THROWS_WITH(none.value(), "Var: " + empty + here());
  REQUIRE_THROWS_WITH(y * none, "mul: " + empty + here());
  REQUIRE_THROWS_WITH(none * y, "mul: " + empty + here());
  t.clear();
  const std::string stale = "this Var is stale: its tape was cleared after it was recorded; record it again";
  REQUIRE_THROWS_WITH(y.value(), "Var: " + stale + here());
  REQUIRE_THROWS_WITH(y.item(), "Var: " + stale + here());
  REQUIRE_THROWS_WITH(y + 1, "add: " + stale + here());
  REQUIRE_THROWS_WITH(t.name(y, "y"), "name: " + stale + here());
  REQUIRE_THROWS_WITH(t.backward(y), "backward: " + stale + here());
  const Scope scope(t, "h.0");
  REQUIRE_THROWS_WITH(matmul(y, y), Contains("matmul: " + stale + ", in h.0, at var_test.cpp:"));
}

TEST_CASE("a Var whose tape is gone is refused") {
  Parameter w("w", Tensor({}, {3}));
  Var y;
  {
    Tape t({&w});
    y = square(t.leaf(w));
    REQUIRE(y.item() == 9);
  }
  const std::string gone = "the tape of this Var is gone; keep the Tape for as long as its Vars are used";
  REQUIRE_THROWS_WITH(y.item(), Contains("Var: " + gone + ", at var_test.cpp:"));
  REQUIRE_THROWS_WITH(y * 2, Contains(gone + ", at var_test.cpp:"));
  std::ostringstream out;
  REQUIRE_THROWS_WITH(out << y, "Var: " + gone);  // a stream does not tell the line
  Tape next({&w});
  REQUIRE_THROWS_WITH(next.leaf(w) * y, Contains("mul: " + gone + ", at var_test.cpp:"));
  REQUIRE_THROWS_WITH(next.backward(y), Contains("backward: " + gone));
}

TEST_CASE("an op and its assignment, += and its like") {
  Parameter w("w", {1, 2});
  Tape t({&w});
  Var loss = sum(square(t.leaf(w)));  // 5
  loss += t.leaf(w);                  // (6, 7)
  loss -= 1;                          // (5, 6)
  loss *= loss;                       // (25, 36)
  loss /= 2;
  REQUIRE(loss.value().str() == "(2) [12.5, 18]");
  std::ostringstream out;
  out << loss;
  REQUIRE(out.str() == "div (2) [12.5, 18]");
  REQUIRE_THROWS_WITH(loss += t.constant(Tensor({1, 2, 3})), Contains(", at var_test.cpp:"));
}
