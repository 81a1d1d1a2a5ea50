// Where is the fault? Each node is an op by itself: its backward() must be the derivative of its own forward(), from a
// random cotangent. A node that is wrong by itself is the culprit; where none is, the fault is in what they share.
#include <algorithm>
#include <cmath>
#include <deque>

#include "autograd/error.h"
#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

constexpr double tolerance = 1e-9;      // of a node's gradient, relative to its largest element
constexpr double first_step = 3e-4;     // times max(1, |x|)
constexpr double jacobian_step = 1e-5;  // the same; the hypotheses of cause.cpp need no more than a rough one
constexpr Index most_values = 4000000;  // of a node's Jacobian: a larger node is not looked at

// One element of one input of a node.
class NodeLine final : public Line {
 public:
  NodeLine(Node& n, Node& input, Index i) : node_(n), input_(input), i_(i), x_(input.value[i]) {}
  NodeLine(const NodeLine&) = delete;
  NodeLine& operator=(const NodeLine&) = delete;
  ~NodeLine() override { input_.value[i_] = x_; }
  double start() const override { return x_; }
  const Tensor* at(double t) override {
    input_.value[i_] = x_ + t;
    try {
      node_.forward();
    } catch (const Error&) {
      return nullptr;
    }
    return &node_.value;
  }

 private:
  Node &node_, &input_;
  Index i_;
  double x_;
};

Tensor at_or(const Tensor& otherwise, Line& line, double t) {
  const Tensor* y = line.at(t);
  return y ? *y : otherwise;
}

class NodeCheck {
 public:
  NodeCheck(Tape& t, Node& n, const Parameters& parameters, std::uint64_t seed)
      : rules_(t, n, parameters, seed), node_(n), cotangent_(rules_.cotangent()) {}

  void as_recorded() { rules_.as_recorded(); }

  std::optional<Diagnosis> verdict() {
    if (std::optional<Diagnosis> d = rules_.broken()) return d;
    if (!measure()) return std::nullopt;
    const std::vector<NodeRules::Run> fresh = rules_.run(NodeRules::first_fill);  // measure() ran forward() last
    const bool fresh_wrong = wrong(fresh);
    if (!wrong(rules_.first())) return std::nullopt;
    if (!fresh_wrong)
      return rules_.diagnosis(
          Cause::stale,
          "stale value: right after its own forward(), wrong in the recording. What backward() reads has been replaced since, or is of an earlier recording",
          0);
    std::optional<Diagnosis> unknown;
    for (const LocalGradient& l : locals_) {
      if (l.wrong_count == 0) continue;
      const Named named = cause_of(l, locals_);
      if (named.cause != Cause::unknown) return rules_.diagnosis(named.cause, named.what, l.position);
      if (!unknown) unknown = rules_.diagnosis(named.cause, named.what, l.position);
    }
    return unknown;
  }

  // At other values, with everything computed again: a right node is right there too, a stale one is not.
  std::optional<Diagnosis> elsewhere(std::uint64_t seed) {
    if (!faithful()) return std::nullopt;
    const std::vector<Node*>& moving = rules_.moving();
    std::vector<Tensor> before, by;
    for (Node* input : moving) {
      before.push_back(input->value);
      by.push_back(random_normal(input->value.shape(), seed, "gradcheck.node.elsewhere"));
    }
    const auto move = [&](double h) {
      for (std::size_t k = 0; k < moving.size(); ++k)
        for (Index i = 0; i < by[k].size(); ++i)
          moving[k]->value[i] = before[k][i] * (1 + (0.01 + h) * std::tanh(by[k][i]));
      node_.forward();
    };
    move(0);
    const std::vector<NodeRules::Run> at = rules_.run(NodeRules::first_fill);
    double slope = 0, size = 0;
    for (std::size_t k = 0; k < moving.size(); ++k)
      for (Index i = 0; i < by[k].size() && at[k].written; ++i) {
        if (!std::isfinite(before[k][i])) continue;
        const double d = at[k].grad[i] * before[k][i] * std::tanh(by[k][i]);
        slope += d;
        size += std::abs(d);
      }
    constexpr double h = 1e-6;
    double numeric = slope;
    try {
      move(h);
      const Tensor high = node_.value;
      move(-h);
      numeric = weighted_difference(cotangent_, high, node_.value) / (2 * h);
    } catch (const Error&) {  // outside of its domain: nothing can be said
    }
    for (std::size_t k = 0; k < moving.size(); ++k)
      std::copy(before[k].values().begin(), before[k].values().end(), moving[k]->value.values().begin());
    node_.forward();
    if (std::abs(slope - numeric) <= 1e-5 * std::max(size, std::abs(numeric))) return std::nullopt;
    return rules_.diagnosis(
        Cause::stale,
        "stale value: right where it was first recorded, but the gradient does not follow when the inputs move. What backward() reads is kept from an earlier forward()",
        0);
  }

 private:
  // Whether this run's gradients are wrong; it is kept in locals_ for which elements.
  bool wrong(const std::vector<NodeRules::Run>& runs) {
    Index count = 0;
    for (std::size_t k = 0; k < locals_.size(); ++k) {
      LocalGradient& l = locals_[k];
      l.analytic = runs[k].written ? runs[k].grad : Tensor::zeros(l.x.shape());
      count += mark(l);
    }
    return count > 0;
  }

  // Whether forward(), run again, gives the recorded value. If not, nothing can be said about the node.
  bool faithful() {
    const Tensor recorded = node_.value;
    node_.forward();
    return same_bits(recorded, node_.value);
  }

  // The slopes and the Jacobian by every moving input, by differences of forward().
  bool measure() {
    Index size = 0;
    for (const Node* input : rules_.moving()) size += input->value.size() * node_.value.size();
    if (size > most_values || !faithful()) return false;
    const Tensor middle = node_.value;
    const double noise = 2 * least_noise(cotangent_, middle);
    bool moved = false;
    for (Node* input : rules_.moving()) {
      LocalGradient l;
      l.node = &node_;
      l.input = input;
      l.position = rules_.position(input);
      l.x = input->value;
      l.y = middle;
      l.cotangent = cotangent_;
      l.numeric = Tensor(l.x.shape());
      for (Index i = 0; i < l.x.size(); ++i) {
        if (!std::isfinite(l.x[i])) {  // it cannot be moved: nothing can be said, and nothing is wrong
          l.derivatives.emplace_back();
          l.jacobian.push_back(Tensor::zeros(middle.shape()));
          l.numeric[i] = 0;
          continue;
        }
        const double unit = std::max(1.0, std::abs(l.x[i]));
        NodeLine line(node_, *input, i);
        const Tensor high = at_or(middle, line, jacobian_step * unit), low = at_or(middle, line, -jacobian_step * unit);
        Tensor slope(middle.shape());
        for (Index j = 0; j < slope.size(); ++j) slope[j] = change(high[j], low[j]) / (2 * jacobian_step * unit);
        moved |= largest(slope) > 0;
        const Steps steps{unit, first_step * unit};
        l.derivatives.push_back(derivative(line, cotangent_, middle, noise, steps, 0, tolerance / 10));
        l.numeric[i] = l.derivatives.back().kink ? dot(slope, cotangent_) : l.derivatives.back().value;
        l.jacobian.push_back(std::move(slope));
      }
      locals_.push_back(std::move(l));
    }
    node_.forward();
    return moved;
  }

  static Index mark(LocalGradient& l) {
    const double s = l.scale();
    l.wrong.assign(l.x.size(), false);
    l.wrong_count = l.kinks = 0;
    for (Index i = 0; i < l.x.size(); ++i) {
      const Derivative& d = l.derivatives[i];
      const double within = tolerance * s + 10 * d.estimate;
      const double nearest = d.kink ? std::clamp(l.analytic[i], d.low, d.high) : d.value;
      if (std::abs(l.analytic[i] - nearest) <= within) continue;
      l.wrong[i] = true;
      ++l.wrong_count;
      l.kinks += d.kink;
    }
    return l.wrong_count;
  }

  NodeRules rules_;
  Node& node_;
  const Tensor& cotangent_;
  std::vector<LocalGradient> locals_;
};

// Where a recording at other values differs from the old recording computed again at these values, something reaches
// the function that the tape has not seen.
std::optional<Diagnosis> detached(GradcheckFunction& f, const Parameters& parameters, std::uint64_t seed) {
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    Tape replayed(parameters, one_thread), recorded(parameters, one_thread);
    f.record(replayed);
    Moved moved(*parameters[k]);
    moved.along(random_normal(parameters[k]->shape(), seed, "gradcheck.detached", k), 1e-3);
    for (Node* n : replayed.nodes()) n->forward();
    f.record(recorded);
    for (std::size_t i = 0; i < std::min(replayed.nodes().size(), recorded.nodes().size()); ++i) {
      const Node &a = *replayed.nodes()[i], &b = *recorded.nodes()[i];
      if (a.value.shape() == b.value.shape() && same_bits(a.value, b.value)) continue;
      const std::string name = quoted(parameters[k]->name());
      return Diagnosis{.cause = Cause::detached,
                       .op = a.op(),
                       .argument = name,
                       .parameter = parameters[k]->name(),
                       .at = line_of(b),
                       .what = "detached: this changes with " + name +
                               ", but not through the tape: it was computed from a value that was taken out of it"};
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Diagnosis> blame(GradcheckFunction& f, const Parameters& parameters, const GradcheckOptions& options) {
  std::vector<Diagnosis> found;
  const auto look = [&](const Parameters& moving, bool elsewhere) {
    Tape t(moving, one_thread);
    f.record(t);
    std::deque<NodeCheck> checks;
    const std::vector<Node*> nodes(t.nodes().begin(), t.nodes().end());
    for (Node* n : nodes)
      if (!n->inputs.empty() && n->requires_grad) checks.emplace_back(t, *n, moving, options.seed);
    if (!elsewhere)
      for (NodeCheck& c : checks) c.as_recorded();
    for (NodeCheck& c : checks)
      if (std::optional<Diagnosis> d = elsewhere ? c.elsewhere(options.seed) : c.verdict()) found.push_back(*d);
  };
  look(parameters, false);
  for (std::size_t k = 0; found.empty() && parameters.size() > 1 && k < parameters.size(); ++k)
    look({parameters[k]}, false);  // what it does to inputs that are frozen
  if (found.empty())
    if (std::optional<Diagnosis> d = detached(f, parameters, options.seed)) found.push_back(*d);
  if (found.empty()) look(parameters, true);
  return found;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
