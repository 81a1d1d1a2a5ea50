// The quiz: what it says of an element adds up, to what the tape computes and to what differences say.
#include "autograd/inspect/quiz.h"

#include <cmath>
#include <functional>
#include <set>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

double total(const std::vector<Contribution>& all) {
  double sum = 0;
  for (const Contribution& c : all) sum += c.value;
  return sum;
}

// Every element of the gradient of p that the op gives, by contributions, against a difference of the loss, which weighs
// the elements of the op's value differently.
void check_op(const char* op, const Tensor& start, const std::function<Var(Tape&, const Var&)>& build) {
  Parameter p("p", start);
  const auto loss_of = [&](Tape& t) {
    const Var y = build(t, t.leaf(p));
    Tensor weights(y.shape());
    for (Index i = 0; i < weights.size(); ++i) weights[i] = 0.7 * static_cast<double>(i) - 1.1;
    return sum(y * t.constant(weights));
  };
  Tape t({&p});
  const Var loss = loss_of(t);
  t.begin_backward(loss, Tensor::full({}, 1));
  const Node* n = t.next_back();
  std::vector<double> said;
  for (; n; n = t.next_back()) {
    if (n->op() == std::string(op) && n->inputs[0]->parameter >= 0) {
      REQUIRE(explainable(*n));
      for (Index i = 0; i < start.size(); ++i) said.push_back(total(contributions(*n, n->needs(0) ? 0 : 1, i)));
    }
    t.step_back();
  }
  INFO(op);
  REQUIRE(said.size() == static_cast<std::size_t>(start.size()));
  for (Index i = 0; i < start.size(); ++i) {
    const double h = 1e-5;
    double sides[2];
    for (int side = 0; side < 2; ++side) {
      p.mutable_value() = start;
      p.mutable_value()[i] += side == 0 ? -h : h;
      Tape other({&p});
      sides[side] = loss_of(other).item();
    }
    CHECK(said[static_cast<std::size_t>(i)] == Approx((sides[1] - sides[0]) / (2 * h)).margin(1e-8));
  }
}

Tensor numbers(const Shape& shape) {
  Tensor t(shape);
  for (Index i = 0; i < t.size(); ++i) t[i] = 0.37 * static_cast<double>((i * 5 + 2) % 7) - 0.95;
  return t;
}

}  // namespace

TEST_CASE("contributions add up to the derivative for every op that the quiz can ask about") {
  const Tensor x = numbers({2, 3}), row = numbers({3}), other = numbers({3, 4});
  const auto c = [](Tape& t, const Tensor& v) { return t.constant(v); };
  check_op("add", x, [&](Tape& t, const Var& p) { return p + c(t, row); });
  check_op("add", row, [&](Tape& t, const Var& p) { return p + c(t, x); });
  check_op("sub", x, [&](Tape& t, const Var& p) { return p - c(t, row); });
  check_op("neg", x, [&](Tape&, const Var& p) { return -p; });
  check_op("mul", x, [&](Tape& t, const Var& p) { return p * c(t, row); });
  check_op("mul", row, [&](Tape& t, const Var& p) { return p * c(t, x); });
  check_op("mul", x, [&](Tape&, const Var& p) { return p * p; });  // through both of its places
  check_op("matmul", x, [&](Tape& t, const Var& p) { return matmul(p, c(t, other)); });
  check_op("matmul", numbers({3, 3}), [&](Tape&, const Var& p) { return matmul(p, p); });
  check_op("exp", x, [&](Tape&, const Var& p) { return exp(p); });
  check_op("square", x, [&](Tape&, const Var& p) { return square(p); });
  check_op("tanh", x, [&](Tape&, const Var& p) { return tanh(p); });
  check_op("sigmoid", x, [&](Tape&, const Var& p) { return sigmoid(p); });
  check_op("relu", x, [&](Tape&, const Var& p) { return relu(p); });
  check_op("expand", row, [&](Tape&, const Var& p) { return expand(p, {2, 3}); });
  check_op("sum", x, [&](Tape&, const Var& p) { return sum(p); });
  check_op("sum", x, [&](Tape&, const Var& p) { return sum(p, {0}, true); });
  check_op("mean", x, [&](Tape&, const Var& p) { return mean(p, {1}, true); });
  check_op("softmax", row, [&](Tape&, const Var& p) { return softmax(p); });
}

TEST_CASE("second inputs that are not symmetric: B of sub and of matmul") {
  Parameter a("a", numbers({2, 3})), b("b", numbers({3, 4})), d("d", numbers({4}));
  Tape t({&a, &b, &d});
  const Var loss = sum(square(matmul(t.leaf(a), t.leaf(b)) - t.leaf(d)));
  t.begin_backward(loss, Tensor::full({}, 1));
  int checked = 0;
  while (const Node* n = t.next_back()) {
    std::vector<double> said;
    if (n->inputs.size() == 2)
      for (Index i = 0; i < n->in(1).size(); ++i) said.push_back(total(contributions(*n, 1, i)));
    t.step_back();
    for (std::size_t i = 0; i < said.size(); ++i) {
      CHECK(n->inputs[1]->grad[static_cast<Index>(i)] == Approx(said[i]));
      ++checked;
    }
  }
  REQUIRE(checked == 4 + 12);
}

TEST_CASE("in small tapes each contribution is what the tape adds, before and after, and relu is not at its kink") {
  std::set<std::string> ops;
  int added = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SmallTape small(seed);
    Quiz quiz(small.tape, small.loss, seed, 100);
    REQUIRE(quiz.questions() >= 11);
    while (const Question* q = quiz.ask()) {
      const Node& n = *q->node;
      const bool before = n.inputs[static_cast<std::size_t>(q->input)]->has_grad;
      if (n.op() == std::string("relu"))
        for (const Real x : n.in(0).values()) REQUIRE(std::abs(x) >= 0.5);
      const double sum = total(contributions(n, q->input, q->element));
      const Verdict v = quiz.answer(sum);
      INFO(q->text);
      CHECK(v.expected == Approx(sum).margin(1e-12));
      CHECK(v.right);
      ops.insert(n.op());
      added += before ? 1 : 0;
    }
    CHECK(quiz.right() == quiz.questions());
    CHECK(small.tape.next_back() == nullptr);
  }
  CHECK(ops ==
        std::set<std::string>{"add", "matmul", "mean", "mul", "relu", "softmax", "square", "sub", "sum", "tanh"});
  CHECK(added > 40);
}

TEST_CASE("an answer is a number or a fraction, and is right within 1 % or 0.005") {
  const auto read = [](const char* text) {
    double x = -99;
    return read_answer(text, x) ? x : -99;
  };
  CHECK(read("1/3") == Approx(1.0 / 3));
  CHECK(read(" -7 / 2 ") == -3.5);
  CHECK(read("+2.5\r") == 2.5);
  CHECK(read("2e-3") == 0.002);
  for (const char* wrong : {"", " ", "x", "1/0", "1/", "/3", "1/2/3", "3 4", "nan", "inf", "1e999", "--1", "+-1"}) {
    INFO(wrong);
    CHECK(read(wrong) == -99);
  }
  CHECK(is_right(101, 100));
  CHECK(!is_right(101.1, 100));
  CHECK(is_right(-99, -100));
  CHECK(!is_right(100, -100));
  CHECK(is_right(0.0049, 0));
  CHECK(!is_right(0.0051, 0));
}

// L = sum(a a + 3 a) at a = [2, -1]: dL/da = 2 a + 3.
TEST_CASE("a wrong answer is explained with the derivative, what was there before, and each contribution") {
  Parameter a("a", Tensor({2}, {2, -1}));
  Tape t({&a});
  const Var A = t.leaf(a), triple = A * 3.0;
  Quiz quiz(t, sum(A * triple), 0, 100);
  REQUIRE(quiz.questions() == 3);
  REQUIRE(quiz.ask()->asked == quiz.ask()->asked);  // the same until it is answered
  CHECK(quiz.answer("what").text == "expected a number, such as -1.5 or 1/3\n");
  CHECK(quiz.answered() == 0);
  CHECK(quiz.answer("1").text == "right: 1\n");
  const Question* second = quiz.ask();
  CHECK_THAT(second->text, Contains("question 2 of 3: #3 mul, C = A * B"));
  quiz.answer(0.0);
  const Question* third = quiz.ask();
  CHECK_THAT(third->text, Contains("gradient of A so far: (2) [6, -3]"));
  const bool first = third->element == 0;
  CHECK(third->asked == std::string("dL/dA[") + (first ? "0" : "1") + "] after the backward of #2 mul");
  const Verdict v = quiz.answer(first ? 6.0 : -3.0);
  CHECK_FALSE(v.right);
  CHECK(v.expected == (first ? 12 : -6));
  CHECK(v.text == (first ? "wrong: it is 12\n"
                           "  your number is what this node adds; what was there before stays\n"
                           "  dL/dA = G * B, dL/dB = G * A\n"
                           "    6         there before: gradients are added\n"
                           "  + 6         G[0] = 2 times B = 3\n"
                           "  = 12\n"
                         : "wrong: it is -6\n"
                           "  your number is what this node adds; what was there before stays\n"
                           "  dL/dA = G * B, dL/dB = G * A\n"
                           "    -3        there before: gradients are added\n"
                           "  + -3        G[1] = -1 times B = 3\n"
                           "  = -6\n"));
  CHECK(quiz.ask() == nullptr);
  CHECK(quiz.score() == "1 of 3 right");
  REQUIRE_THROWS_WITH(quiz.answer(1.0), "quiz: answer without a question: ask() first");
}

TEST_CASE(
    "the same seed asks the same, another asks something else; ops that it cannot explain are run without a question") {
  const auto asked = [](std::uint64_t seed) {
    SmallTape small(seed);
    Quiz quiz(small.tape, small.loss, seed, 4);
    std::string all;
    while (const Question* q = quiz.ask()) {
      all += q->text;
      quiz.answer(0.0);
    }
    return all;
  };
  CHECK(asked(3) == asked(3));
  CHECK(asked(3) != asked(4));
  Parameter p("p", numbers({2, 3}));
  Tape t({&p});
  Quiz quiz(t, sin(t.leaf(p)), 0, 5);
  CHECK(quiz.questions() == 0);
  CHECK(quiz.ask() == nullptr);
  CHECK(t.grad(p)[1] == Approx(std::cos(p.value()[1])));
}
