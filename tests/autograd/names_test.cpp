#include "autograd/tape.h"

#include <string>
#include <vector>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

TEST_CASE("names are addresses under the scopes around them, and unique") {
  Tape t;
  const auto block = [&](Var x) {
    const Scope outer(t, "h.0");
    const Scope inner(t, "mlp");
    return t.name(x + 1, "act");
  };
  const Var first = block(t.constant(1.0)), second = block(first);
  t.name(second, "out");
  REQUIRE(t.addresses() == std::vector<std::string>{"h.0.mlp.act", "h.0.mlp.act#2", "out"});
  REQUIRE(t.find("h.0.mlp.act").item() == 2);
  REQUIRE(t.find("h.0.mlp.act#2").item() == 3);
  REQUIRE(t.address(first.node()) == "h.0.mlp.act");
  REQUIRE(t.scope_path(first.node().scope) == "h.0.mlp");
  REQUIRE_THROWS_WITH(t.find("h.1"), "find: nothing on this tape is named 'h.1'");
  t.clear();
  REQUIRE(t.addresses().empty());
  block(t.constant(1.0));
  REQUIRE(t.addresses() == std::vector<std::string>{"h.0.mlp.act"});
}

TEST_CASE("the forward pass stops at an address, and nothing after it is recorded") {
  Tape t;
  t.stop_at("b");
  std::size_t reached = 0;
  try {
    const Var a = t.name(t.constant(2.0) * 3, "a");
    const Var b = t.name(a * 5, "b");
    t.name(b * 7, "c");
    FAIL("it went on");
  } catch (const ForwardStopped& stopped) {
    REQUIRE(stopped.at.item() == 30);
    reached = t.nodes().size();
  }
  REQUIRE(reached == 5);  // 2, 3, a, 5, b
}

TEST_CASE("a hook observes a named value, and replaces it") {
  struct Ablate final : Hook {
    std::string seen;
    Var at(const std::string& address, Var x) override {
      seen += address + "=" + x.value().str() + " ";
      return address == "a" ? x * 0 : x;
    }
  } hook;
  Parameter w("w", Tensor({}, {3}));
  Tape t({&w});
  t.set_hook(&hook);
  const Var a = t.name(square(t.leaf(w)), "a"), b = t.name(a + 1, "b");
  REQUIRE(hook.seen == "a=() [9] b=() [1] ");
  REQUIRE(t.find("a").item() == 0);
  t.backward(b);
  REQUIRE(t.grad(w).item() == 0);

  struct Misfit final : Hook {
    Var at(const std::string&, Var x) override { return reshape(x, {1}); }
  } misfit;
  t.set_hook(&misfit);
  REQUIRE_THROWS_WITH(t.name(b, "c"), "hook at 'c': expected a replacement of shape (), got (1)");
}

TEST_CASE("wants tells a module whether a value that it would skip is asked for") {
  Tape t;
  const Scope scope(t, "attn");
  REQUIRE_FALSE(t.wants("pattern"));
  t.want("attn.pattern");
  REQUIRE(t.wants("pattern"));
  REQUIRE_FALSE(t.wants("other"));
  t.stop_at("attn.other");
  REQUIRE(t.wants("other"));
  t.want("*");
  REQUIRE(t.wants("anything"));
}

TEST_CASE("an error names the op, what it expected and got, the scope, and the user's line") {
  Tape t;
  const Var a = t.constant(Tensor::zeros({3, 4})), b = t.constant(Tensor::zeros({5, 2}));
  const auto module = [&](Site at = Site::current()) {
    const Scope scope(t, "h.0", at);
    const Scope inner(t, "mlp");
    return matmul(a, b);
  };
  const int call = __LINE__ + 1;
  REQUIRE_THROWS_WITH(
      module(),
      "matmul: expected A (..., M, K) and B (..., K, N), got (3, 4) and (5, 2), in h.0.mlp, at names_test.cpp:" +
          std::to_string(call));
  REQUIRE_THROWS_WITH(matmul(a, b), Contains("got (3, 4) and (5, 2), at names_test.cpp:"));
}
