// What a tape does when it is asked to look for NaN and infinity, or to measure time.
#include <chrono>
#include <cmath>
#include <cstring>

#include "autograd/error.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The first value that is NaN or infinite, or -1.
Index first_not_finite(const Tensor& t) {
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

}  // namespace

void Tape::check_finite(bool on) {
  finite_ = on;
  watched_ = finite_ || timed_;
}

void Tape::measure_time(bool on) {
  timed_ = on;
  watched_ = finite_ || timed_;
}

void Tape::run_watched(Node& n) {
  const double start = now();
  n.forward();
  if (timed_) {
    seconds_.resize(nodes_.size());
    seconds_[n.index].forward = now() - start;
  }
  const Index i = finite_ ? first_not_finite(n.value) : -1;
  if (i >= 0)
    throw Error("forward of " + label(*this, n) + ": " + found("value", n.value, i) + inputs(*this, n) + where(n.at));
}

void Tape::watch_leaf(const Node& n) const {
  const Index i = finite_ ? first_not_finite(n.value) : -1;
  if (i >= 0) throw Error(label(*this, n) + ": " + found("value", n.value, i) + where(n.at));
}

void Tape::start_watch() {
  started_ = now();
}

void Tape::watch_backward(const Node& n) {
  if (timed_) {
    seconds_.resize(nodes_.size());
    seconds_[n.index].backward = now() - started_;
  }
  if (!finite_) return;
  const std::string& scope = scope_path(n.scope);
  const char* slash = std::strrchr(n.at.file_name(), '/');
  const std::string recorded = (scope.empty() ? "" : ", in " + scope) + ", recorded at " +
                               (slash ? slash + 1 : n.at.file_name()) + ":" + std::to_string(n.at.line());
  if (const Index i = first_not_finite(n.grad);
      i >= 0)  // only what backward was given: other nodes were checked before
    throw Error("backward of " + label(*this, n) + ": its own " + found("gradient", n.grad, i) + recorded);
  for (const Node* input : n.inputs) {
    const Index i = input->requires_grad && input->has_grad ? first_not_finite(input->grad) : -1;
    if (i >= 0)
      throw Error("backward of " + label(*this, n) + ": for " + label(*this, *input) + ", " +
                  found("gradient", input->grad, i) + "; its own gradient " + n.grad.str(4) + inputs(*this, n) +
                  recorded);
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
