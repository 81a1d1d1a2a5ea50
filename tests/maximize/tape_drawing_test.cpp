// The drawing of a tape.
#include "maximize/tape_drawing.h"
#include "autograd/ops.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t n = 0;
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a drawing has a box an op, frames for modules, and is cut down to the number of boxes asked for") {
  Parameter w("a<b", Tensor({}, {2}));
  Tape t({&w});
  Var x = t.leaf(w);
  for (int block = 0; block < 12; ++block) {
    const Scope outer(t, "h." + std::to_string(block));
    x = x + 1;
    const Scope inner(t, "mlp");
    x = tanh(tanh(x));
  }
  t.backward(x);
  const std::vector<TapeRow> rows = t.table();
  REQUIRE(count(drawing(rows, 1000), "class=\"node\"") == 36);
  REQUIRE(count(drawing(rows), "class=\"node\"") == 36);
  REQUIRE(count(drawing(rows, 30), "class=\"node\"") == 24);  // h.N.mlp became one box
  REQUIRE_THAT(drawing(rows, 30), Contains("h.7.mlp: 2 operations") && Contains("uses a&lt;b (), moves, gradient"));
  REQUIRE(count(drawing(rows, 12), "class=\"node\"") == 12);
  REQUIRE_THAT(drawing(rows, 12), Contains("h.7: 3 operations"));
  REQUIRE(count(drawing(rows, 5), "class=\"node\"") == 5);  // and then the middle
}
