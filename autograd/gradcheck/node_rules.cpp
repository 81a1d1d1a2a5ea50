// What can be told of one op's backward() from the memory it is given: filled with one number, with another, or holding
// a gradient to which it must add.
#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {

std::string line_of(const Node& n) {
  return file_line(n.at);
}

namespace {

double held(Index i) {
  return 0.25 + 0.125 * static_cast<double>(i % 7);
}

std::string count(Index some, Index all) {
  return std::to_string(some) + " of " + std::to_string(all);
}

}  // namespace

NodeRules::NodeRules(Tape& t, Node& n, const Parameters& parameters, std::uint64_t seed)
    : tape_(t), node_(n), parameters_(parameters) {
  for (const Node* in : n.inputs) {
    Node* input = const_cast<Node*>(in);  // of a tape that is made for this check
    inputs_.push_back(input);
    if (input->requires_grad && std::find(moving_.begin(), moving_.end(), input) == moving_.end())
      moving_.push_back(input);
  }
  cotangent_ = random_normal(n.value.shape(), seed, "gradcheck.node", static_cast<std::uint64_t>(n.index));
}

void NodeRules::as_recorded() {
  for (Node* input : inputs_) input->has_grad = false;
  try {
    first_ = run(first_fill);
    for (std::size_t k = 0; k < node_.inputs.size(); ++k)
      if (!node_.inputs[k]->requires_grad && node_.inputs[k]->has_grad) frozen_ = static_cast<int>(k);
    second_ = run(second_fill);
    added_ = run(std::nullopt);
  } catch (const Error& e) {
    thrown_ = e.what();
  }
}

// One backward() of the node. Its inputs' gradients are not there before, and their memory holds `fill`; or, without
// one, they are there and hold what held() gives.
std::vector<NodeRules::Run> NodeRules::run(std::optional<double> fill) {
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

std::optional<Diagnosis> NodeRules::broken() const {
  if (!thrown_.empty()) return diagnosis(Cause::throws, "backward() throws: " + thrown_, 0);
  if (frozen_ >= 0)
    return diagnosis(Cause::frozen_written, "it gives a gradient to an input that does not move: ask needs(i) first",
                     frozen_);
  for (std::size_t k = 0; k < moving_.size(); ++k) {
    const Tensor &a = first_[k].grad, &b = second_[k].grad, &c = added_[k].grad;
    const int i = position(moving_[k]);
    if (!first_[k].written || a.empty()) continue;
    Index left = 0, added = 0, overwritten = 0, bad = 0, again = 0;
    for (Index j = 0; j < a.size(); ++j) {
      bad += !std::isfinite(a[j]);
      const bool kept = a[j] == first_fill && b[j] == second_fill;
      left += kept;
      again += !kept && a[j] != b[j];
      // beside a large gradient what the memory held is lost in rounding, and nothing can be told
      const double ulps = 4e-16 * std::abs(a[j]);
      added += !kept && a[j] != b[j] && close(a[j] - b[j], first_fill - second_fill, 1e-9 + ulps) && ulps < 0.1;
      overwritten += std::abs(a[j]) > 0 && c[j] == a[j] && a[j] + held(j) != a[j];
    }
    if (bad > 0) return diagnosis(Cause::not_finite, count(bad, a.size()) + " elements are not finite", i);
    if (added > 0)
      return diagnosis(
          Cause::uninitialized,
          "it adds to a gradient that is not there yet: Target::add is ignored, and what the memory held before is in it",
          i);
    if (!second_[k].written || again > 0)
      return diagnosis(Cause::once,
                       "a second backward() gives another gradient: it uses up or changes what forward() saved", i);
    if (left > 0)
      return diagnosis(Cause::partly_written,
                       "partly written: " + count(left, a.size()) + " elements are never written", i);
    if (overwritten > 0)
      return diagnosis(
          Cause::overwritten,
          "the gradient is overwritten: it is assigned where it must be added to what other uses of this input gave",
          i);
  }
  return std::nullopt;
}

int NodeRules::position(const Node* input) const {
  return static_cast<int>(std::find(node_.inputs.begin(), node_.inputs.end(), input) - node_.inputs.begin());
}

Diagnosis NodeRules::diagnosis(Cause cause, const std::string& what, int i) const {
  const Node& input = *node_.inputs[i];
  const std::string parameter = input.moving >= 0 ? parameters_[input.moving]->name() : "";
  return {.cause = cause,
          .op = node_.op(),
          .input = i,
          .inputs = static_cast<int>(node_.inputs.size()),
          .argument = input.moving >= 0    ? quoted(parameter)
                      : input.address >= 0 ? tape_.address(input)
                                           : std::string("the ") + input.op() + " of line " + line_of(input),
          .parameter = parameter,
          .at = line_of(node_),
          .what = what};
}

}  // namespace GRADUS_REAL
}  // namespace gradus
