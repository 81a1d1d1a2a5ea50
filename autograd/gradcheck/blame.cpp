// Where is the fault? Each node is an op by itself: its backward() must be the derivative of its own forward(), from a
// random cotangent. A node that is wrong by itself is the culprit; where none is, the fault is in what they share.
#include <algorithm>
#include <cmath>
#include <optional>

#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

constexpr double tolerance = 1e-6;      // of a node's gradient, relative to its largest element
constexpr Index most_values = 4000000;  // of a node's Jacobian: a larger node is not looked at

std::string line_of(const Node& n) {
  return file_line(n.at);
}

class NodeCheck {
 public:
  NodeCheck(Tape& t, Node& n, const Parameters& parameters, std::uint64_t seed)
      : tape_(t), node_(n), parameters_(parameters) {
    for (const Node* in : n.inputs) {
      Node* input = const_cast<Node*>(in);  // of a tape that is made for this check
      inputs_.push_back(input);
      if (input->requires_grad && std::find(moving_.begin(), moving_.end(), input) == moving_.end())
        moving_.push_back(input);
    }
    cotangent_ = random_normal(n.value.shape(), seed, "gradcheck.node", static_cast<std::uint64_t>(n.index));
  }

  // Before any forward() has run again: what backward() gives in the state that the recording left.
  void as_recorded() {
    for (Node* input : inputs_) input->has_grad = false;
    first_ = run(first_fill);
    for (std::size_t k = 0; k < node_.inputs.size(); ++k)
      if (!node_.inputs[k]->requires_grad && node_.inputs[k]->has_grad) frozen_ = static_cast<int>(k);
    second_ = run(second_fill);
    added_ = run(std::nullopt);
  }

  std::optional<Diagnosis> verdict() {
    if (frozen_ >= 0)
      return diagnosis(
          {Cause::frozen_written, "it gives a gradient to an input that does not move: ask needs(i) first"}, frozen_);
    if (std::optional<Diagnosis> d = by_filling()) return d;
    if (!measure()) return std::nullopt;
    const std::vector<Run> fresh = run(first_fill);  // measure() ran forward() last
    const bool fresh_wrong = wrong(fresh);
    if (!wrong(first_)) return std::nullopt;
    if (!fresh_wrong)
      return diagnosis(
          {Cause::stale,
           "stale value: right after its own forward(), wrong in the recording. What backward() reads has been replaced since, or is of an earlier recording"},
          0);
    std::optional<Diagnosis> unknown;
    for (const LocalGradient& l : locals_) {
      if (l.wrong_count == 0) continue;
      const Named named = cause_of(l, locals_);
      if (named.cause != Cause::unknown) return diagnosis(named, l.position);
      if (!unknown) unknown = diagnosis(named, l.position);
    }
    return unknown;
  }

  // At other values, with everything computed again: a right node is right there too, a stale one is not.
  std::optional<Diagnosis> elsewhere(std::uint64_t seed) {
    if (!faithful()) return std::nullopt;
    std::vector<Tensor> before, by;
    for (Node* input : moving_) {
      before.push_back(input->value);
      by.push_back(random_normal(input->value.shape(), seed, "gradcheck.node.elsewhere"));
    }
    const auto move = [&](double h) {
      for (std::size_t k = 0; k < moving_.size(); ++k)
        for (Index i = 0; i < by[k].size(); ++i)
          moving_[k]->value[i] = before[k][i] * (1 + (0.01 + h) * std::tanh(by[k][i]));
      node_.forward();
    };
    move(0);
    const std::vector<Run> at = run(first_fill);
    double slope = 0, size = 0;
    for (std::size_t k = 0; k < moving_.size(); ++k)
      for (Index i = 0; i < by[k].size() && at[k].written; ++i) {
        const double d = at[k].grad[i] * before[k][i] * std::tanh(by[k][i]);
        slope += d;
        size += std::abs(d);
      }
    constexpr double h = 1e-6;
    move(h);
    const Tensor high = node_.value;
    move(-h);
    double numeric = 0;
    for (Index j = 0; j < high.size(); ++j) numeric += cotangent_[j] * (high[j] - node_.value[j]) / (2 * h);
    for (std::size_t k = 0; k < moving_.size(); ++k)
      std::copy(before[k].values().begin(), before[k].values().end(), moving_[k]->value.values().begin());
    node_.forward();
    if (std::abs(slope - numeric) <= 1e-5 * std::max(size, std::abs(numeric))) return std::nullopt;
    return diagnosis(
        {Cause::stale,
         "stale value: right where it was first recorded, but the gradient does not follow when the inputs move. What backward() reads is kept from an earlier forward()"},
        0);
  }

 private:
  static constexpr double first_fill = 0.5, second_fill = -0.75;
  struct Run {
    Tensor grad;
    bool written = false;
  };

  // One backward() of the node. Its inputs' gradients are not there before, and their memory holds `fill`; or, without
  // one, they are there and hold what() gives.
  std::vector<Run> run(std::optional<double> fill) {
    std::vector<Run> runs;
    if (node_.grad.shape() != node_.value.shape()) node_.grad = tape_.tensor(node_.value.shape());
    for (Index i = 0; i < cotangent_.size(); ++i) node_.grad[i] = cotangent_[i];
    node_.has_grad = true;
    for (Node* input : moving_) {
      for (std::size_t k = 0; k < node_.inputs.size(); ++k)
        if (node_.inputs[k] == input) node_.target(static_cast<int>(k));  // allocates
      for (Index i = 0; i < input->grad.size(); ++i) input->grad[i] = fill ? *fill : held(i);
      input->has_grad = !fill;
    }
    node_.backward();
    for (Node* input : moving_) runs.push_back({input->grad, input->has_grad});
    return runs;
  }
  static double held(Index i) { return 0.25 + 0.125 * static_cast<double>(i % 7); }

  // Whether this run's gradients are wrong; it is kept in locals_ for which elements.
  bool wrong(const std::vector<Run>& runs) {
    Index count = 0;
    for (std::size_t k = 0; k < moving_.size(); ++k) {
      LocalGradient& l = locals_[k];
      l.analytic = runs[k].written ? runs[k].grad : Tensor::zeros(l.x.shape());
      count += mark(l);
    }
    return count > 0;
  }

  // What can be told from memory that was filled beforehand.
  std::optional<Diagnosis> by_filling() {
    for (std::size_t k = 0; k < moving_.size(); ++k) {
      const Tensor &a = first_[k].grad, &b = second_[k].grad, &c = added_[k].grad;
      const int i = position(moving_[k]);
      if (!first_[k].written || a.empty()) continue;
      Index left = 0, added = 0, overwritten = 0, bad = 0, again = 0;
      for (Index j = 0; j < a.size(); ++j) {
        bad += !std::isfinite(a[j]);
        const bool kept = a[j] == first_fill && b[j] == second_fill;
        left += kept;
        added += !kept && close(a[j] - b[j], first_fill - second_fill, 1e-9 * (1 + std::abs(a[j])));
        again += !kept && a[j] != b[j];
        overwritten += std::abs(a[j]) > 0 && c[j] == a[j];
      }
      if (bad > 0) return diagnosis({Cause::not_finite, count(bad, a.size()) + " elements are not finite"}, i);
      if (added > 0)
        return diagnosis(
            {Cause::uninitialized,
             "it adds to a gradient that is not there yet: Target::add is ignored, and what the memory held before is in it"},
            i);
      if (!second_[k].written || again > 0)
        return diagnosis(
            {Cause::once, "a second backward() gives another gradient: it uses up or changes what forward() saved"}, i);
      if (left > 0)
        return diagnosis(
            {Cause::partly_written, "partly written: " + count(left, a.size()) + " elements are never written"}, i);
      if (overwritten > 0)
        return diagnosis(
            {Cause::overwritten,
             "the gradient is overwritten: it is assigned where it must be added to what other uses of this input gave"},
            i);
    }
    return std::nullopt;
  }
  static std::string count(Index some, Index all) { return std::to_string(some) + " of " + std::to_string(all); }

  // Whether forward(), run again, gives the recorded value. If not, nothing can be said about the node.
  bool faithful() {
    const Tensor recorded = node_.value;
    node_.forward();
    return same_bits(recorded, node_.value);
  }

  // The Jacobian by every moving input, by differences of forward().
  bool measure() {
    Index size = 0;
    for (const Node* input : moving_) size += input->value.size() * node_.value.size();
    if (size > most_values || !faithful()) return false;
    const Tensor middle = node_.value;
    bool moved = false;
    for (Node* input : moving_) {
      LocalGradient l;
      l.node = &node_;
      l.input = input;
      l.position = position(input);
      l.x = input->value;
      l.y = middle;
      l.cotangent = cotangent_;
      l.numeric = Tensor(l.x.shape());
      for (Index i = 0; i < l.x.size(); ++i) {
        const double h = 1e-5 * std::max(1.0, std::abs(l.x[i]));
        input->value[i] = l.x[i] + h;
        node_.forward();
        const Tensor high = node_.value;
        input->value[i] = l.x[i] - h;
        node_.forward();
        input->value[i] = l.x[i];
        Tensor slope(middle.shape());
        double left = 0, right = 0;
        for (Index j = 0; j < slope.size(); ++j) {
          slope[j] = (high[j] - node_.value[j]) / (2 * h);
          right += cotangent_[j] * (high[j] - middle[j]) / h;
          left += cotangent_[j] * (middle[j] - node_.value[j]) / h;
        }
        l.numeric[i] = dot(slope, cotangent_);
        moved |= largest(slope) > 0;
        l.jacobian.push_back(std::move(slope));
        l.right.push_back(right);
        l.left.push_back(left);
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
      const double low = std::min({l.left[i], l.right[i], l.numeric[i]});
      const double high = std::max({l.left[i], l.right[i], l.numeric[i]});
      if (l.analytic[i] >= low - tolerance * s && l.analytic[i] <= high + tolerance * s) continue;
      l.wrong[i] = true;
      ++l.wrong_count;
      l.kinks += high - low > 1e-3 * s;
    }
    return l.wrong_count;
  }

  int position(const Node* input) const {
    return static_cast<int>(std::find(node_.inputs.begin(), node_.inputs.end(), input) - node_.inputs.begin());
  }

  Diagnosis diagnosis(const Named& named, int i) const {
    const Node& input = *node_.inputs[i];
    std::string name = input.moving >= 0    ? "'" + parameters_[input.moving]->name() + "'"
                       : input.address >= 0 ? tape_.address(input)
                                            : std::string("the ") + input.op() + " of line " + line_of(input);
    return {named.cause, node_.op(),
            std::to_string(i + 1) + " of " + std::to_string(node_.inputs.size()) + " (" + name + ")", line_of(node_),
            named.what};
  }

  Tape& tape_;
  Node& node_;
  const Parameters& parameters_;
  std::vector<Node*> inputs_, moving_;  // all inputs; those that move, each once
  Tensor cotangent_;
  std::vector<Run> first_, second_, added_;
  int frozen_ = -1;
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
      const std::string name = "'" + parameters[k]->name() + "'";
      return Diagnosis{Cause::detached, a.op(), name, line_of(b),
                       "detached: this changes with " + name +
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
    std::vector<NodeCheck> checks;
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
