// The derivatives of the quiz's ops, element by element: y_o is element o of the node's value, x_i element i of an input.
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>

#include "autograd/error.h"
#include "autograd/inspect/quiz.h"
#include "autograd/inspect/quiz_words.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The position in a tensor of shape `from` of what element o of a tensor of shape `to` is a copy of, by the rule of
// broadcasting.
Index source(const Shape& to, Index o, const Shape& from) {
  Index position = 0, stride = 1;
  for (int back = 1; back <= to.rank(); ++back) {
    const Index at = o % to[-back];
    o /= to[-back];
    if (back > from.rank()) continue;
    if (from[-back] != 1) position += at * stride;
    stride *= from[-back];
  }
  return position;
}

bool broadcasts(const Shape& from, const Shape& to) {
  if (from.rank() > to.rank()) return false;
  for (int back = 1; back <= from.rank(); ++back)
    if (from[-back] != 1 && from[-back] != to[-back]) return false;
  return true;
}

// dy_o/dx_i and how it comes about.
struct Local {
  double value;
  std::string words;
};

struct Place {
  const Node& n;
  int input;
  Index i, o;
  double x() const { return static_cast<double>(n.in(input)[i]); }
  double y() const { return static_cast<double>(n.value[o]); }
};

std::string equal(const std::string& name, double value) {
  return name + " = " + short_number(value);
}

// Of an op of elements, whose inputs are broadcast: nothing where y_o does not depend on x_i.
bool depends(const Place& p) {
  return source(p.n.value.shape(), p.o, p.n.in(p.input).shape()) == p.i;
}

std::optional<Local> same(const Place& p) {
  if (!depends(p)) return {};
  return Local{1, "1"};
}

std::optional<Local> negative(const Place& p) {
  if (!depends(p)) return {};
  return Local{-1, "-1"};
}

std::optional<Local> difference(const Place& p) {
  return p.input == 0 ? same(p) : negative(p);
}

std::optional<Local> times(const Place& p) {
  if (!depends(p)) return {};
  const Tensor& other = p.n.in(1 - p.input);
  const Index j = source(p.n.value.shape(), p.o, other.shape());
  const auto value = static_cast<double>(other[j]);
  return Local{value, equal((p.input == 0 ? "B" : "A") + index_text(other.shape(), j), value)};
}

// C = A B: C[m, n] has A[m, k] B[k, n] in it.
std::optional<Local> product(const Place& p) {
  const Tensor &A = p.n.in(0), &B = p.n.in(1);
  const Index N = B.shape()[1], K = A.shape()[1], m = p.o / N, n = p.o % N;
  if (p.input == 0 ? p.i / K != m : p.i % N != n) return {};
  const Index k = p.input == 0 ? p.i % K : p.i / N;
  const Tensor& other = p.input == 0 ? B : A;
  const Index j = p.input == 0 ? k * N + n : m * K + k;
  const auto value = static_cast<double>(other[j]);
  return Local{value, equal((p.input == 0 ? "B" : "A") + index_text(other.shape(), j), value)};
}

template <class Slope>
std::optional<Local> elementwise(const Place& p, const char* name, Slope slope) {
  if (p.i != p.o) return {};
  const double value = slope(p);
  return Local{value, equal(name, value)};
}

std::optional<Local> exponential(const Place& p) {
  return elementwise(p, "y", [](const Place& q) { return q.y(); });
}
std::optional<Local> squared(const Place& p) {
  return elementwise(p, "2 x", [](const Place& q) { return 2 * q.x(); });
}
std::optional<Local> hyperbolic(const Place& p) {
  return elementwise(p, "1 - y^2", [](const Place& q) { return 1 - q.y() * q.y(); });
}
std::optional<Local> logistic(const Place& p) {
  return elementwise(p, "y (1 - y)", [](const Place& q) { return q.y() * (1 - q.y()); });
}

std::optional<Local> rectified(const Place& p) {
  if (p.i != p.o) return {};
  const bool on = p.x() > 0;
  return Local{on ? 1.0 : 0.0,
               (on ? "1, because " : "0, because ") + equal("x", p.x()) + (on ? " > 0" : " is not > 0")};
}

bool is_in_sum(const Place& p) {
  return source(p.n.in(0).shape(), p.i, p.n.value.shape()) == p.o;
}

std::optional<Local> summand(const Place& p) {
  if (!is_in_sum(p)) return {};
  return Local{1, "1"};
}

std::optional<Local> share(const Place& p) {
  if (!is_in_sum(p)) return {};
  const Index n = p.n.in(0).size() / p.n.value.size();
  return Local{1 / static_cast<double>(n), "1 / " + std::to_string(n)};
}

// dy_o/dx_i = y_o (1[o = i] - y_i), from dL/dx_j = y_j (G_j - sum_i G_i y_i).
std::optional<Local> row(const Place& p) {
  const auto yi = static_cast<double>(p.n.value[p.i]);
  const std::string o = "y" + index_text(p.n.value.shape(), p.o), i = "y" + index_text(p.n.value.shape(), p.i);
  if (p.i == p.o) return Local{yi * (1 - yi), equal(i + " (1 - " + i + ")", yi * (1 - yi))};
  return Local{-p.y() * yi, equal("-" + o + " " + i, -p.y() * yi)};
}

bool any(const Node&) {
  return true;
}
bool matrices(const Node& n) {
  return n.in(0).shape().rank() == 2 && n.in(1).shape().rank() == 2;
}
bool aligned(const Node& n) {  // a sum whose axes are told by its shape
  const Shape &x = n.in(0).shape(), &y = n.value.shape();
  return n.value.size() == 1 || (x.rank() == y.rank() && broadcasts(y, x));
}
bool one_row(const Node& n) {
  return n.value.shape().rank() > 0 && n.value.size() == n.value.shape()[-1];
}

struct Explained {
  const char* op;
  bool (*fits)(const Node&);
  std::optional<Local> (*local)(const Place&);
};

constexpr std::array explained{
    Explained{"add", any, same},       Explained{"sub", any, difference},      Explained{"neg", any, negative},
    Explained{"mul", any, times},      Explained{"matmul", matrices, product}, Explained{"exp", any, exponential},
    Explained{"square", any, squared}, Explained{"tanh", any, hyperbolic},     Explained{"sigmoid", any, logistic},
    Explained{"relu", any, rectified}, Explained{"expand", any, same},         Explained{"sum", aligned, summand},
    Explained{"mean", aligned, share}, Explained{"softmax", one_row, row},
};

const Explained* find(const Node& n) {
  for (const Explained& e : explained)
    if (std::strcmp(e.op, n.op()) == 0) return e.fits(n) ? &e : nullptr;
  return nullptr;
}

}  // namespace

std::string short_number(double x) {
  std::array<char, 32> digits;
  std::snprintf(digits.data(), digits.size(), "%.4g", x + 0.0);  // no "-0"
  return digits.data();
}

std::string index_text(const Shape& shape, Index i) {
  if (shape.rank() == 0) return "";
  std::string s;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    s = std::to_string(i % shape[axis]) + (s.empty() ? "" : ", ") + s;
    i /= shape[axis];
  }
  return "[" + s + "]";
}

bool explainable(const Node& n) {
  return !n.inputs.empty() && find(n) != nullptr;
}

std::vector<Contribution> contributions(const Node& n, int input, Index element) {
  const Explained* e = n.inputs.empty() ? nullptr : find(n);
  if (!e || !n.has_grad || input < 0 || input >= static_cast<int>(n.inputs.size()) || !n.needs(input) || element < 0 ||
      element >= n.in(input).size())
    throw Error("quiz: no contribution of " + std::string(n.op()) + " to element " + std::to_string(element) +
                " of its input " + std::to_string(input));
  const Node& to = *n.inputs[input];
  std::vector<Contribution> all;
  if (to.has_grad) all.push_back({static_cast<double>(to.grad[element]), "there before: gradients are added"});
  for (int k = 0; k < static_cast<int>(n.inputs.size()); ++k) {
    if (n.inputs[k] != &to) continue;  // a node used twice gets something through each of its places
    for (Index o = 0; o < n.value.size(); ++o) {
      const std::optional<Local> local = e->local({n, k, element, o});
      if (!local) continue;
      const auto G = static_cast<double>(n.grad[o]);
      all.push_back({G * local->value, equal("G" + index_text(n.value.shape(), o), G) + " times " + local->words});
    }
  }
  return all;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
