#include "autograd/tape.h"

#include <deque>
#include <vector>

#include "autograd/error.h"
#include "autograd/gradcheck/gradcheck.h"
#include "autograd/inspect/table.h"
#include "autograd/ops.h"
#include "tests/autograd/exercise.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

TEST_CASE("the gradient by a leaf that is the whole function") {
  Parameter x("x", Tensor({3}, {1, 2, 3}));
  REQUIRE(gradcheck([&](Tape& t) { return t.leaf(x); }, {&x}).passed);
}

TEST_CASE("gradients of an op that computes on a tape of its own") {
  // y = sum of exp(x)^2, of which nothing is kept: backward records it again
  const auto recomputed = [](Var x) {
    const auto inside = [](const Parameter& p, Tape& t) { return sum(square(exp(t.leaf(p)))); };
    return exercise(
        {x}, {},
        [inside](Exercise& n) {
          Parameter p("p", n.in(0));
          Tape t;
          n.value[0] = inside(p, t).item();
        },
        [inside](Exercise& n) {
          Parameter p("p", n.in(0));
          Tape t({&p});
          t.backward(inside(p, t));
          n.accumulate(0, [&](Index j) { return n.grad[0] * t.grad(p)[j]; });
        });
  };
  Parameter x("x", Tensor({2, 3}, {0.1, -0.5, 1, 0.3, -1.2, 0.8}));
  REQUIRE(gradcheck([&](Tape& t) { return recomputed(t.leaf(x)); }, {&x}).passed);
}

TEST_CASE("a product runs forward and backward, by hand") {
  Parameter a("a", Tensor({2, 3}, {1, 2, 3, 4, 5, 6})), b("b", Tensor({3, 1}, {1, 0, -1}));
  Tape t({&a});
  const Var y = matmul(t.leaf(a), t.leaf(b));
  REQUIRE(y.value().str() == "(2, 1) [-2, -2]");
  t.backward(y, Tensor({2, 1}, {10, 100}));
  REQUIRE(t.grad(a).str() == "(2, 3) [10, 0, -10, 100, 0, -100]");
}

TEST_CASE("a frozen leaf gets no gradient buffer, and asking for its gradient says why there is none") {
  Parameter a("a", Tensor({2}, {1, 2})), b("b", Tensor({2}, {3, 4}));
  Tape t({&a});
  const Var frozen = t.leaf(b), loss = sum(t.leaf(a) * frozen);
  t.backward(loss);
  REQUIRE(t.counts().leaf_gradients == 1);
  REQUIRE(t.grad(a).str() == "(2) [3, 4]");
  REQUIRE_FALSE(frozen.has_grad());
  REQUIRE(frozen.node().grad.empty());
  REQUIRE_THROWS_WITH(t.grad(b), "grad: parameter 'b' does not move on this tape, so it has no gradient");
  REQUIRE_THROWS_WITH(frozen.grad(), Contains("nothing that moves is among its ancestors"));
}

TEST_CASE("leaf gradients add up over backward passes and over clear(), interior ones do not") {
  Parameter w("w", Tensor({2}, {1, 2}));
  Tape t({&w});
  const auto record = [&] { return sum(square(t.leaf(w))); };
  const Var loss = record();
  t.backward(loss);
  t.backward(loss);
  REQUIRE(t.grad(w).str() == "(2) [4, 8]");
  REQUIRE(loss.grad().item() == 1);
  t.clear();
  t.backward(record());
  REQUIRE(t.grad(w).str() == "(2) [6, 12]");
  t.zero_grad();
  REQUIRE_FALSE(t.has_grad(w));
  REQUIRE_THROWS_WITH(t.grad(w), "grad: no gradient has reached parameter 'w'; call backward first");
  t.clear();
  t.backward(record());
  REQUIRE(t.grad(w).str() == "(2) [2, 4]");
  REQUIRE(t.counts().leaf_gradients == 1);
}

TEST_CASE("a leaf is one node however often it is asked for, and its uses add up") {
  Parameter w("w", Tensor({}, {3}));
  Tape t({&w});
  const Var a = t.leaf(w), b = t.leaf(w);
  REQUIRE(&a.node() == &b.node());
  t.backward(a * b + a);  // w^2 + w: 2 w + 1
  REQUIRE(t.grad(w).item() == 7);
}

TEST_CASE("a tape finds each of many leaves again") {
  std::deque<Parameter> many;
  Parameters all;
  for (int i = 0; i < 500; ++i) {
    many.emplace_back("p" + std::to_string(i), Tensor({}, {Real(i)}));
    all.push_back(&many.back());
  }
  Tape t(all);
  for (int round = 0; round < 2; ++round) {
    t.clear();
    t.zero_grad();
    Var total = t.constant(0.0);
    for (const Parameter& p : many) total = total + t.leaf(p) * t.leaf(p);
    t.backward(total);
    for (int i = 0; i < 500; ++i) REQUIRE(t.grad(many[i]).item() == 2 * i);
  }
}

TEST_CASE("a parameter that is changed after it was recorded is noticed at backward") {
  Parameter w("w", Tensor({}, {3}));
  Tape t({&w});
  const Var loss = square(t.leaf(w));
  w.mutable_value()[0] = 4;
  REQUIRE_THROWS_WITH(t.backward(loss),
                      Contains("backward: parameter 'w' was changed after it was recorded; clear the tape and record "
                               "again, at tape_test.cpp:"));
}

TEST_CASE("leaf refuses a parameter that was changed after it was recorded, and values outlive what replaced them") {
  Parameter w("w", Tensor({3}, {1, 2, 3}));
  Tape t({&w});
  const Var before = t.leaf(w);
  w.mutable_value() = Tensor({3}, {10, 20, 30});
  REQUIRE(before.value().str() == "(3) [1, 2, 3]");  // the memory is still there: the address sanitizer looks on
  REQUIRE(sum(before).item() == 6);
  REQUIRE_THROWS_WITH(t.leaf(w), Contains("leaf: parameter 'w' was changed after it was recorded; clear the tape and "
                                          "record again, at tape_test.cpp:"));
  t.clear();
  REQUIRE(sum(t.leaf(w)).item() == 60);
}

TEST_CASE("a parameter without values is refused, whatever memory it has") {
  Parameter w("fc.weight", Shape{2});
  Tape t({&w});
  REQUIRE_THROWS_WITH(t.leaf(w),
                      Contains("leaf: parameter 'fc.weight' has no values yet; initialize it first, or load it "
                               "from a file, at tape_test.cpp:"));
  w.mutable_value().fill(1);
  REQUIRE(sum(t.leaf(w)).item() == 2);
}

TEST_CASE("the tape counts over how many backward passes a leaf's gradient was added up") {
  Parameter w("w", {1, 2}), other("other", {3, 4});
  Tape t({&w, &other});
  const auto record = [&] { return t.name(sum(square(t.leaf(w))) + sum(t.leaf(w)), "loss"); };
  t.backward(record());
  REQUIRE(t.passes(w) == 1);  // two uses, one pass
  REQUIRE(t.table()[0].passes == 1);
  t.clear();
  t.backward(record());  // without zero_grad()
  REQUIRE(t.grad(w).str() == "(2) [6, 10]");
  REQUIRE(t.passes(w) == 2);
  REQUIRE(t.passes(other) == 0);
  REQUIRE_THAT(text(t.table()), Contains("moves, sum of 2 passes"));
  t.backward(t.find("loss"));  // and again, of the same recording
  REQUIRE(t.passes(w) == 3);
  t.zero_grad();
  REQUIRE(t.passes(w) == 0);
  t.backward(t.find("loss"));
  REQUIRE(t.passes(w) == 1);
  t.begin_backward(t.find("loss"), Tensor({}, {1}));
  t.step_back();
  t.zero_grad();  // in the middle of a pass
  while (t.step_back()) {
  }
  REQUIRE(t.passes(w) == 1);
  REQUIRE(t.grad(w).str() == "(2) [3, 5]");
  REQUIRE_THAT(text(t.table()), !Contains("passes"));
}

TEST_CASE("a tape is made of a list in braces, empty or not") {
  Parameter w("w", Tensor({}, {3}));
  Tape none({}), also({}, 1), one({&w}), braces{&w};
  REQUIRE(none.moving().empty());
  REQUIRE(also.threads() == 1);
  REQUIRE(one.moving() == Parameters{&w});
  REQUIRE(braces.moving() == Parameters{&w});
}

TEST_CASE("parameters that come and go do not fill a tape") {
  Parameter w("w", Tensor({}, {3}));
  Tape t({&w});
  for (int round = 0; round < 300; ++round) {
    std::deque<Parameter> many;
    for (int i = 0; i < 100; ++i) many.emplace_back("p" + std::to_string(i), Tensor({}, {Real(i)}));
    t.clear();
    t.zero_grad();
    Var total = t.leaf(w);
    for (const Parameter& p : many) total = total + t.leaf(w) * t.leaf(p);
    t.backward(total);
    REQUIRE(t.grad(w).item() == 1 + 99 * 50);
    REQUIRE(t.name_of(t.leaf(many[7]).node()) == "p7");
  }
}

TEST_CASE("backward refuses what it cannot differentiate") {
  Parameter w("w", Tensor({2}, {1, 2}));
  Tape t({&w});
  REQUIRE_THROWS_WITH(t.backward(square(t.leaf(w))), Contains("expected a loss of one value, got shape (2)"));
  REQUIRE_THROWS_WITH(t.backward(square(t.leaf(w)), Tensor({3}, {1, 1, 1})),
                      Contains("backward: expected a cotangent of shape (2), got (3), at tape_test.cpp:"));
  REQUIRE_THROWS_WITH(t.backward(square(t.constant(2.0))), Contains("nothing that moves is among the ancestors"));
}

TEST_CASE("step_back runs one node at a time and ends where backward does, bit for bit") {
  Parameter a("a", Tensor({2, 3}, {.1, .2, .3, .4, .5, .6})), b("b", Tensor({3, 2}, {1, -2, 3, -4, 5, -6}));
  Tape whole({&a, &b}), stepped({&a, &b});
  const auto record = [&](Tape& t) { return sum(square(matmul(t.leaf(a), t.leaf(b)))); };
  whole.backward(record(whole));
  const Var loss = record(stepped);
  stepped.begin_backward(loss, Tensor::full({}, 1));
  std::vector<std::string> order;
  while (const Node* n = stepped.step_back()) order.push_back(n->op());
  REQUIRE(order == std::vector<std::string>{"sum", "square", "matmul"});
  REQUIRE(stepped.step_back() == nullptr);
  REQUIRE(same_bits(whole.grad(a), stepped.grad(a)));
  REQUIRE(same_bits(whole.grad(b), stepped.grad(b)));
}

TEST_CASE("a steady step allocates nothing") {
  Parameter w("w", Tensor::full({300, 70}, 0.5));
  Tape t({&w});
  Tape::Counts first{};
  for (int step = 0; step < 4; ++step) {
    t.clear();
    t.zero_grad();
    t.backward(mean(square(matmul(t.leaf(w), transpose(t.leaf(w))))));
    if (step == 1) first = t.counts();
  }
  REQUIRE(t.counts().blocks == first.blocks);
  REQUIRE(t.counts().bytes == first.bytes);
  REQUIRE(t.counts().leaf_gradients == 1);
}
