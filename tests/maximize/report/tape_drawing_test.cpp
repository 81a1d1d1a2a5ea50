// The drawing of a tape.
#include "maximize/report/tape_drawing.h"
#include "autograd/ops.h"
#include "maximize/report/svg.h"
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
  REQUIRE(count(drawing(rows, 1000), "class=\"node") == 36);
  REQUIRE(count(drawing(rows), "class=\"node") == 36);
  REQUIRE(count(drawing(rows, 30), "class=\"node") == 24);  // h.N.mlp became one box
  REQUIRE_THAT(drawing(rows, 30), Contains("h.7.mlp: 2 operations") && Contains("uses a&lt;b (), moves, gradient"));
  REQUIRE(count(drawing(rows, 12), "class=\"node") == 12);
  REQUIRE_THAT(drawing(rows, 12), Contains("h.7: 3 operations"));
  REQUIRE(count(drawing(rows, 5), "class=\"node") == 5);  // and then the middle
}

TEST_CASE("a drawing that is a file has its own colours, and marks what moves and what is frozen") {
  Parameter w("w", Tensor({}, {2})), frozen("fixed", Tensor({}, {3}));
  Tape t({&w});
  t.backward(t.leaf(w) * t.leaf(frozen));
  const std::string file = drawing(t.table());
  REQUIRE_THAT(file, Contains("prefers-color-scheme: dark") && Contains("uses w (), moves, gradient 3") &&
                         Contains("uses fixed (), frozen"));
  REQUIRE(count(file, "class=\"icon moves\"") == 1);
  REQUIRE(count(file, "class=\"icon locked\"") == 1);
}

TEST_CASE("the drawing of both directions keeps the unit and the modules around it apart") {
  Parameter table("table", Tensor({}, {1})), w("w", Tensor({}, {2}));
  Tape t({&table, &w});
  const Var input = t.leaf(table) * 2;
  Var x = input;
  for (int block = 0; block < 3; ++block) {
    const Scope outer(t, "h." + std::to_string(block));
    x = x + t.leaf(w);
    const Scope inner(t, "mlp");
    x = tanh(t.name(tanh(x), "act"));
  }
  t.backward(square(x));
  const BothDirections both{.input = input.node().index,
                            .input_label = "images",
                            .weights = "2 numbers",
                            .unit = "h.1.mlp.act:3",
                            .unit_detail = "its mean",
                            .loss_detail = "the loss"};
  const std::string page = drawing(t.table(), both, 6), open = drawing(t.table(), both, 100);
  REQUIRE(count(open, "class=\"node box") == 10);  // 3 in each block, and the loss; not what made the input
  REQUIRE(count(page, "class=\"node box") == 6);   // h.0; add, act and tanh; h.2; the loss
  REQUIRE(count(page, "class=\"node box loss\"") == 1);
  REQUIRE(count(page, "class=\"box unit\"") == 1);
  REQUIRE_THAT(
      page, Contains(">h.1.mlp.act:3<") && Contains(">its mean<") && Contains(">images<") && Contains(">2 numbers<"));
  REQUIRE_THAT(page, !Contains("<style>"));
  for (const char* half : {"half moves\" data-leaf=\"weights\" data-side=\"training\"",
                           "half locked\" data-leaf=\"weights\" data-side=\"maximization\"",
                           "half locked\" data-leaf=\"input\" data-side=\"training\"",
                           "half moves\" data-leaf=\"input\" data-side=\"maximization\""})
    REQUIRE(count(page, half) == 1);
  REQUIRE(count(page, "class=\"arrow gradient\"") == 2);
  REQUIRE(count(page, ">3 operations<") == 2);
}

TEST_CASE("where the directions' shapes differ, letters stand in them, and the lengths in the input's leaf") {
  Parameter w("w", Tensor::zeros({4, 3}));
  Tape t({&w});
  const Var images = t.constant(Tensor::zeros({5, 2, 4}));
  const Var rows = t.constant(Tensor(Shape{2, 3})) + 1;                         // broadcast over the batch
  const Var hidden = t.name(relu(matmul(images, t.leaf(w)) + rows), "hidden");  // (5, 2, 3)
  t.backward(sum(reshape(reshape(hidden, {10, 3}), {3, 2, 5})));
  BothDirections both{.input = images.node().index,
                      .axes = {{"B", 1}, {"T", 7}},
                      .input_label = "vectors",
                      .weights = "12 numbers",
                      .unit = "hidden:0"};
  const std::string page = drawing(t.table(), both);
  REQUIRE_THAT(page,
               Contains(">(B, T, 4)<") && Contains(">(B, T, 3)<") && Contains(">(10, 3)<") && Contains(">(T, 3)<"));
  REQUIRE_THAT(page, Contains(">(3, 2, 5)<"));  // not all from the first axis on: another 2
  REQUIRE_THAT(page, Contains(">B = 5, T = 2<") && Contains(">B = 1, T = 7<"));
  REQUIRE(count(page, ">B = ") == 2);
  both.axes = {};
  REQUIRE_THAT(drawing(t.table(), both), Contains(">(5, 2, 4)<") && !Contains("B ="));
}

TEST_CASE("a drawing is XML, whatever its words are") {
  Svg svg;
  svg.text(0, 0, "<a> & \"b\" \x1b[31m \xff \xc2\x9b", "label");
  svg.open("module", "", "\a");
  svg.close();
  const std::string drawn = svg.str(1, 1, std::string("\0\xe2\x80\xae", 4), true);
  for (const char c : drawn) REQUIRE((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
  REQUIRE_THAT(drawn, Contains("&lt;a&gt; &amp; &quot;b&quot; \\x1b[31m \\xff \\xc2\\x9b"));
  REQUIRE_THAT(drawn, Contains("<title>\\x07</title>") && Contains("\\x00\\xe2\\x80\\xae"));
}
