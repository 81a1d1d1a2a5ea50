#include "autograd/inspect/watch.h"

#include <chrono>
#include <cmath>

#include "autograd/error.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The first value that is NaN or infinite, or -1.
Index not_finite(const Tensor& t) {
  for (Index i = 0; i < t.size(); ++i)
    if (!std::isfinite(t[i])) return i;
  return -1;
}

// "value 3 of (2, 2) is inf"
std::string found(const char* what, const Tensor& t, Index i) {
  return std::string(what) + " " + std::to_string(i) + " of " + t.shape().str() + " is " +
         (std::isnan(t[i]) ? "nan"
          : t[i] > 0       ? "inf"
                           : "-inf");
}

std::string label(const Tape& t, const Node& n) {
  const std::string name = t.name_of(n);
  return "#" + std::to_string(n.index) + " " + n.op() + (name.empty() ? "" : " '" + name + "'");
}

// "; inputs #0 parameter 'w' (2) [1, 2] and #1 constant () [0]"
std::string inputs(const Tape& t, const Node& n) {
  std::string s;
  for (std::size_t i = 0; i < n.inputs.size(); ++i)
    s += (i == 0                    ? n.inputs.size() > 1 ? "; inputs " : "; input "
          : i + 1 < n.inputs.size() ? ", "
                                    : " and ") +
         label(t, *n.inputs[i]) + " " + n.inputs[i]->value.str(4);
  return s;
}

// ", in h.0.mlp, recorded at train.cpp:41"
std::string recorded(const Tape& t, const Node& n) {
  const std::string& scope = t.scope_path(n.scope);
  return (scope.empty() ? "" : ", in " + scope) + ", recorded at " + file_line(n.at);
}

}  // namespace

std::string first_not_finite(const Tape& t) {
  for (const Node* n : t.nodes()) {
    const Index i = not_finite(n->value);
    if (i < 0) continue;
    return label(t, *n) + ": " + found("value", n->value, i) + inputs(t, *n) + recorded(t, *n);
  }
  return "";
}

Watch::Seconds& Watch::seconds_of(const Tape& t, const Node& n) {
  seconds_.resize(t.nodes().size());
  return seconds_[n.index];
}

void Watch::run(const Tape& t, Node& n) {
  const double start = now();
  n.forward();
  if (timed_) seconds_of(t, n).forward = now() - start;
  const Index i = finite_ ? not_finite(n.value) : -1;
  if (i >= 0)
    throw Error("forward of " + label(t, n) + ": " + found("value", n.value, i) + inputs(t, n) + t.where(n.at));
}

void Watch::leaf(const Tape& t, const Node& n) const {
  const Index i = finite_ ? not_finite(n.value) : -1;
  if (i >= 0) throw Error(label(t, n) + ": " + found("value", n.value, i) + t.where(n.at));
}

void Watch::before_backward() {
  started_ = now();
}

void Watch::after_backward(const Tape& t, const Node& n) {
  if (timed_) seconds_of(t, n).backward = now() - started_;
  if (!finite_) return;
  // Only what backward was given: other nodes were checked before.
  if (const Index i = not_finite(n.grad); i >= 0)
    throw Error("backward of " + label(t, n) + ": its own " + found("gradient", n.grad, i) + recorded(t, n));
  for (const Node* input : n.inputs) {
    const Index i = input->requires_grad && input->has_grad ? not_finite(input->grad) : -1;
    if (i >= 0)
      throw Error("backward of " + label(t, n) + ": for " + label(t, *input) + ", " +
                  found("gradient", input->grad, i) + "; its own gradient " + n.grad.str(4) + inputs(t, n) +
                  recorded(t, n));
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
