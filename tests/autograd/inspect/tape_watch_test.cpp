// What a tape notices when it is asked to, what it tells in a table, and how deep it goes.
#include <pthread.h>

#include <algorithm>
#include <limits>

#include "autograd/error.h"
#include "autograd/inspect/table.h"
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

TEST_CASE("check_finite names the first node whose value is not finite, its inputs and the line") {
  Parameter w("w", Tensor({2}, {1, 0}));
  Tape t({&w});
  REQUIRE_NOTHROW(sum(log(t.leaf(w)) * 2));  // not asked for
  t.clear();
  t.check_finite(true);
  const int line = __LINE__ + 1;
  const Scope scope(t, "h.0");  // the outermost scope's line is the user's
  const Var x = t.leaf(w);
  REQUIRE_THROWS_WITH(
      sum(log(x)),
      "forward of #1 log: value 1 of (2) is -inf; input #0 parameter 'w' (2) [1, 0], in h.0, at tape_watch_test.cpp:" +
          std::to_string(line));
  t.check_finite(false);
  REQUIRE_NOTHROW(log(x));
}

TEST_CASE("check_finite sees a leaf that is not finite before any op does") {
  constexpr Real nan = std::numeric_limits<Real>::quiet_NaN();
  Parameter w("w", Tensor({3}, {1, nan, 3}));
  Tape t({&w});
  t.check_finite(true);
  const std::string line = std::to_string(__LINE__ + 1);
  REQUIRE_THROWS_WITH(t.leaf(w), "#0 parameter 'w': value 1 of (3) is nan, at tape_watch_test.cpp:" + line);
  REQUIRE_THROWS_WITH(t.constant(1e300 * 1e300),
                      Contains("#1 constant: value 0 of () is inf, at tape_watch_test.cpp:"));
}

TEST_CASE("check_finite names the node whose backward made a gradient that is not finite") {
  Parameter w("w", Tensor({2}, {4, 0})), v("v", Tensor({2}, {1, 2}));
  Tape t({&w, &v});
  t.check_finite(true);
  const Var root = sqrt(t.leaf(w));  // its slope is infinite at 0
  const int line = __LINE__ - 1;
  const Var loss = sum(root + t.leaf(v));
  REQUIRE_THROWS_WITH(
      t.backward(loss),
      "backward of #1 sqrt: for #0 parameter 'w', gradient 1 of (2) is inf; its own gradient (2) [1, 1]; input #0 parameter 'w' (2) [4, 0], recorded at tape_watch_test.cpp:" +
          std::to_string(line));
  t.zero_grad();
  REQUIRE_THROWS_WITH(
      t.backward(root, Tensor({2}, {std::numeric_limits<Real>::infinity(), 1})),
      "backward of #1 sqrt: its own gradient 0 of (2) is inf, recorded at tape_watch_test.cpp:" + std::to_string(line));
  t.zero_grad();
  t.check_finite(false);
  REQUIRE_NOTHROW(t.backward(loss));
}

TEST_CASE("a table has a row for every node") {
  Parameter w("w", Tensor({3, 2}, {1, 2, 3, 4, 5, 6})), frozen("frozen", Tensor({2}, {0.5, -0.5}));
  Tape t({&w});
  t.measure_time(true);
  const Var x = t.constant(Tensor({1, 3}, {1, 0, -1})), moving = t.leaf(w);
  const auto layer = [&] {
    const Scope scope(t, "fc");
    const Var product = matmul(x, moving);
    return t.name(product + t.leaf(frozen), "out");
  };
  const Var out = layer(), loss = sum(out);
  const int line = __LINE__ - 1;
  std::vector<TapeRow> rows = t.table();
  REQUIRE(rows.size() == 6);
  REQUIRE_FALSE(rows[5].has_gradient);
  t.backward(loss);
  rows = t.table();

  REQUIRE(rows[0].op == "constant");
  REQUIRE((rows[0].leaf && rows[0].frozen && !rows[0].moves));
  REQUIRE(rows[1].name == "w");
  REQUIRE((rows[1].moves && rows[1].shape == Shape{3, 2}));
  REQUIRE(rows[1].value.str() == "1 .. 6 mean 3.5");
  REQUIRE(rows[1].gradient.str() == "-1 .. 1 mean 0");
  REQUIRE(rows[1].bytes == 2 * 6 * static_cast<Index>(sizeof(Real)));
  REQUIRE(rows[2].op == "matmul");
  REQUIRE(rows[2].formula == "C = A B");
  REQUIRE(rows[2].derivative == "dL/dA = G B^T, dL/dB = A^T G");
  REQUIRE(rows[2].scope == "fc");
  REQUIRE(rows[2].inputs == std::vector<int>{0, 1});
  REQUIRE(rows[2].forward_seconds > 0);
  REQUIRE(rows[2].backward_seconds > 0);
  REQUIRE(rows[3].name == "frozen");
  REQUIRE((rows[3].frozen && !rows[3].has_gradient));
  REQUIRE(rows[4].name == "fc.out");
  REQUIRE(rows[5].value.str() == "-8");
  REQUIRE(rows[5].gradient.str() == "1");
  REQUIRE(rows[5].file == "tape_watch_test.cpp");
  REQUIRE(rows[5].line == line);

  const std::string words = text(rows);
  REQUIRE(count(words, "\n") == 7);
  REQUIRE_THAT(words, Contains("2  matmul     in fc   (1, 2)  all -4"));
  REQUIRE_THAT(words, Contains("moves") && Contains("frozen"));
  std::size_t longest = 0;
  for (std::size_t begin = 0, end; (end = words.find('\n', begin)) != std::string::npos; begin = end + 1)
    longest = std::max(longest, end - begin);
  REQUIRE(text(rows, static_cast<int>(longest)) == words);
  for (int width = static_cast<int>(longest) - 1; width > 0; --width) {
    INFO(width);
    const std::string fitted = text(rows, width);
    REQUIRE(count(fitted, "\n") == 7);  // a line a row
    for (std::size_t begin = 0, end; (end = fitted.find('\n', begin)) != std::string::npos; begin = end + 1)
      REQUIRE(end - begin <= static_cast<std::size_t>(width));
  }
  REQUIRE_THAT(text(rows, 54), Contains("|value|") && Contains("2  matmul     in fc   (1, 2)  4 "));
  t.backward(2 * (t.find("fc.out") + t.find("fc.out")), Tensor({1, 2}, {1, 1}));
  REQUIRE(formulas(t.table()) ==
          "op      formula       derivative\n"
          "matmul  C = A B       dL/dA = G B^T, dL/dB = A^T G\n"
          "add     C = A + B     dL/dA = G, dL/dB = G\n"
          "sum     y = sum of x  dL/dx_i = G\n"
          "mul     C = A * B     dL/dA = G * B, dL/dB = G * A\n");
  t.clear();
  REQUIRE(t.table().empty());
}

TEST_CASE("a summary tells what is not finite") {
  constexpr Real nan = std::numeric_limits<Real>::quiet_NaN();
  const ValueSummary s(Tensor({3}, {nan, 2, 4}));
  REQUIRE(s.str() == "1 of 3 not finite");
  REQUIRE((s.low == 2 && s.high == 4 && s.mean == 3));
  REQUIRE(ValueSummary(Tensor()).str() == "no values");
}

TEST_CASE("next_back tells what step_back will run") {
  Parameter w("w", Tensor({}, {2}));
  Tape t({&w});
  const Var loss = square(t.leaf(w)) + square(t.constant(1.0));
  REQUIRE(t.next_back() == nullptr);
  t.begin_backward(loss, Tensor::full({}, 1));
  for (int i = 0; i < 2; ++i) {
    const Node* next = t.next_back();
    REQUIRE(next == t.step_back());
  }
  REQUIRE(t.next_back() == nullptr);
  REQUIRE(t.step_back() == nullptr);
}

TEST_CASE("a chain of a million nodes runs forward and backward on a stack of 256 KiB") {
  struct Result {
    double value = 0, gradient = 0;
    std::size_t nodes = 0;
  } result;
  const auto run = [](void* to) -> void* {
    Parameter w("w", Tensor({}, {1}));
    Tape t({&w}, 1);
    Var x = t.leaf(w);
    for (int i = 0; i < 1'000'000; ++i) x = -x;
    t.backward(x + square(x));
    *static_cast<Result*>(to) = {static_cast<double>(x.item()), static_cast<double>(t.grad(w).item()),
                                 t.nodes().size()};
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstacksize(&attributes, 256 * 1024) == 0);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, &attributes, run, &result) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  REQUIRE(result.nodes == 1'000'003);
  REQUIRE(result.value == 1);
  REQUIRE(result.gradient == 3);
}
