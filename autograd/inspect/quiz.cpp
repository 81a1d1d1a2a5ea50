#include "autograd/inspect/quiz.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "autograd/error.h"
#include "autograd/inspect/quiz_words.h"
#include "autograd/ops.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

std::string title(const Tape& t, const Node& n) {
  const std::string name = t.name_of(n);
  return "#" + std::to_string(n.index) + " " + n.op() + (name.empty() ? "" : " '" + name + "'");
}

// The letters of the formula: A and B where there are two inputs, otherwise x.
std::string letter(const Node& n, int input) {
  return n.inputs.size() < 2 ? "x" : std::string(1, static_cast<char>('A' + input));
}

std::string values(const Tensor& t) {
  std::string s = t.shape().str() + " [";
  for (Index i = 0; i < std::min<Index>(t.size(), 24); ++i)
    s += (i > 0 ? ", " : "") + short_number(static_cast<double>(t[i]));
  return s + (t.size() > 24 ? ", ...]" : "]");
}

bool read_number(std::string_view text, double& value) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\t')) text.remove_suffix(1);
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

// Whole numbers but 0, from -most to most.
Tensor draw(const Shape& shape, Index most, Random random) {
  Tensor t(shape);
  for (Real& x : t.values()) {
    const Index k = random.below(2 * most);
    x = static_cast<Real>(k < most ? k - most : k - most + 1);
  }
  return t;
}

// Half numbers, so that a whole number plus one of them is never 0: relu is asked about away from its kink.
Tensor halves(Random random) {
  Tensor t(Shape{2});
  for (Real& x : t.values()) x = static_cast<Real>(static_cast<double>(random.below(4)) - 1.5);
  return t;
}

// Logarithms of whole numbers, whose softmax are fractions: of 1, 2 and 3, or of 1, 1 and 2 ...
Tensor logarithms(Random random) {
  Tensor t(Shape{3});
  for (Real& x : t.values()) x = static_cast<Real>(std::log(static_cast<double>(1 + random.below(3))));
  return t;
}

// What a wrong answer may have come from; "" where nothing is known.
std::string guess(double given, double expected, const std::vector<Contribution>& all, bool before) {
  if (before && is_right(given, expected - all.front().value))
    return "  your number is what this node adds; what was there before stays\n";
  if (expected != 0 && is_right(given, -expected)) return "  your number has the wrong sign\n";
  for (std::size_t i = before ? 1 : 0; all.size() > (before ? 2 : 1) && i < all.size(); ++i)
    if (is_right(given, all[i].value)) return "  your number is one of the contributions\n";
  return "";
}

}  // namespace

bool read_answer(std::string_view text, double& value) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return read_number(text, value);
  double above = 0, below = 0;
  if (!read_number(text.substr(0, slash), above) || !read_number(text.substr(slash + 1), below) || below == 0)
    return false;
  value = above / below;
  return std::isfinite(value);
}

bool is_right(double given, double expected) {
  return std::abs(given - expected) <= std::max(0.01 * std::abs(expected), 0.005);
}

Quiz::Quiz(Tape& tape, const Var& loss, std::uint64_t seed, int questions) : tape_(tape), seed_(seed) {
  tape.begin_backward(loss, Tensor::full(loss.shape(), 1));
  std::vector<bool> reached(static_cast<std::size_t>(loss.node().index) + 1);
  reached[static_cast<std::size_t>(loss.node().index)] = true;
  std::vector<int> possible;
  for (int i = loss.node().index; i >= 0; --i) {
    const Node& n = *tape.nodes()[static_cast<std::size_t>(i)];
    if (!reached[static_cast<std::size_t>(i)] || !n.requires_grad) continue;
    for (const Node* input : n.inputs) reached[static_cast<std::size_t>(input->index)] = true;
    if (explainable(n)) possible.push_back(i);
  }
  const auto count = static_cast<Index>(possible.size());
  for (Index i = 0; i < std::min<Index>(questions, count); ++i)
    asked_about_.push_back(possible[static_cast<std::size_t>(shuffled(i, count, seed, "quiz nodes", 0))]);
}

const Question* Quiz::ask() {
  while (const Node* n = tape_.next_back()) {
    if (std::find(asked_about_.begin(), asked_about_.end(), n->index) != asked_about_.end()) {
      if (question_.node != n) question_ = make_question(*n);
      return &question_;
    }
    tape_.step_back();
  }
  question_.node = nullptr;
  return nullptr;
}

Question Quiz::make_question(const Node& n) {
  // Where something is there already, that is the input to ask about: gradients are added.
  const auto input = [&](int k) { return n.inputs[static_cast<std::size_t>(k)]; };
  std::vector<int> inputs, added;
  for (int k = 0; k < static_cast<int>(n.inputs.size()); ++k) {
    if (n.needs(k)) inputs.push_back(k);
    if (n.needs(k) && input(k)->has_grad) added.push_back(k);
  }
  if (!added.empty()) inputs = added;
  Random random(seed_, "quiz element", static_cast<std::uint64_t>(n.index));
  Question q{.number = answered_ + 1, .node = &n};
  q.input = inputs[static_cast<std::size_t>(random.below(std::ssize(inputs)))];
  const Node& to = *input(q.input);
  // Rather one whose answer is not 0: that could be guessed.
  for (int tries = 0; tries < 4; ++tries) {
    q.element = random.below(to.value.size());
    double sum = 0;
    for (const Contribution& c : contributions(n, q.input, q.element)) sum += c.value;
    if (sum != 0) break;
  }
  const std::string x = letter(n, q.input), y = n.inputs.size() < 2 ? "y" : "C";
  q.asked = "dL/d" + x + index_text(to.value.shape(), q.element) + " after the backward of " + title(tape_, n);
  q.text = "question " + std::to_string(q.number) + " of " + std::to_string(questions()) + ": " + title(tape_, n) +
           ", " + n.formula() + "\n";
  for (int k = 0; k < static_cast<int>(n.inputs.size()); ++k)
    q.text += "  " + letter(n, k) + " = " + title(tape_, *input(k)) + " " + values(n.in(k)) + "\n";
  q.text += "  " + y + " = " + values(n.value) + "\n  G = dL/d" + y + " = " + values(n.grad) + "\n  gradient of " + x +
            " so far: " + (to.has_grad ? values(to.grad) : "none yet") + "\n";
  if (std::count(n.inputs.begin(), n.inputs.end(), &to) > 1)
    q.text += "  both inputs are one node: it has one gradient\n";
  q.text += "what is " + q.asked + "?\n";
  return q;
}

Verdict Quiz::answer(std::string_view text) {
  if (double value = 0; read_answer(text, value)) return answer(value);
  return {.text = "expected a number, such as -1.5 or 1/3\n"};
}

Verdict Quiz::answer(double value) {
  if (!question_.node || tape_.next_back() != question_.node)
    throw Error("quiz: answer without a question: ask() first");
  const Node& n = *question_.node;
  const Node& to = *n.inputs[static_cast<std::size_t>(question_.input)];
  const bool before = to.has_grad;
  const std::vector<Contribution> all = contributions(n, question_.input, question_.element);
  tape_.step_back();
  Verdict v{.is_number = true, .given = value, .expected = static_cast<double>(to.grad[question_.element])};
  v.right = is_right(value, v.expected);
  ++answered_;
  if (v.right) ++right_;
  if (v.right) {
    v.text = "right: " + short_number(v.expected) + "\n";
    return v;
  }
  v.text = "wrong: it is " + short_number(v.expected) + "\n" + guess(value, v.expected, all, before) + "  " +
           n.derivative() + "\n";
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string x = short_number(all[i].value);
    v.text += (i == 0 ? "    " : "  + ") + x + std::string(10 - std::min<std::size_t>(x.size(), 9), ' ') +
              all[i].words + "\n";
  }
  v.text += "  = " + short_number(v.expected) + "\n";
  return v;
}

std::string Quiz::score() const {
  return std::to_string(right_) + " of " + std::to_string(answered_) + " right";
}

SmallTape::SmallTape(std::uint64_t seed)
    : x("x", draw({2, 3}, 2, Random(seed, "quiz x"))),
      w("w", draw({3, 2}, 2, Random(seed, "quiz w"))),
      b("b", halves(Random(seed, "quiz b"))),
      s("s", logarithms(Random(seed, "quiz s"))),
      tape({&x, &w, &b, &s}, 1) {
  const Var X = tape.leaf(x), B = tape.leaf(b);
  const Var z = matmul(X, tape.leaf(w)) + B;                                  // (2, 2)
  const Var u = relu(z) * z;                                                  // z is used twice
  const Var k = sum(u, {0}, true) * tanh(B);                                  // (1, 2), and so is b
  const Var m = X * softmax(tape.leaf(s));                                    // and x; (2, 3)
  const Var q = Random(seed, "quiz loss").below(2) == 0 ? m * m : square(m);  // in one op, or not
  const Var average = mean(q);
  loss = Random(seed, "quiz sign").below(2) == 0 ? sum(k) + average : average - sum(k);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
