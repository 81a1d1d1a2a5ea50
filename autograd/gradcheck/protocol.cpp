// What holds of every backward pass, whatever the derivatives are: it can run again, it adds, and it leaves alone what
// does not move.
#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// y = a + b, both of one shape. The check has its own sum, so that it does not rest on an op that it checks.
struct Sum final : Node {
  const char* op() const override { return "gradcheck sum"; }
  const char* formula() const override { return "y = a + b"; }
  const char* derivative() const override { return "dL/da = G, dL/db = G"; }
  void forward() override {
    for (Index i = 0; i < value.size(); ++i) value[i] = in(0)[i] + in(1)[i];
  }
  // dy/da = dy/db = 1
  void backward() override {
    for (int k = 0; k < 2; ++k) {
      if (!needs(k)) continue;
      const Target to = target(k);
      for (Index i = 0; i < grad.size(); ++i) (*to.grad)[i] = to.add ? (*to.grad)[i] + grad[i] : grad[i];
    }
  }
};

Var sum_of(Tape& t, const Var& a, const Var& b) {
  Node* const both[] = {t.check(a), t.check(b)};
  Sum& n = t.make<Sum>(both, Site::current());
  n.value = t.tensor(a.shape());
  n.forward();
  return t.var(n);
}

// After zero_grad() a second pass over the same recording gives the same gradient, and a third one adds to it.
void backward_again(Subject& s) {
  Tape t(s.parameters, one_thread);
  const Var y = s.f.record(t);
  t.backward(y, s.cotangent);
  t.zero_grad();
  t.backward(y, s.cotangent);
  for (std::size_t k = 0; k < s.parameters.size(); ++k)
    if (!same_bits(s.gradient(t, k), s.gradients[k]))
      s.fail(k, "a second backward over one recording gives " + s.name(k) + " another gradient");
  t.backward(y, s.cotangent);
  for (std::size_t k = 0; k < s.parameters.size(); ++k)
    if (largest_difference(s.gradients[k], s.gradients[k], s.gradient(t, k)) > s.allowed(k))
      s.fail(k, "two calls of backward do not give " + s.name(k) + " twice the gradient of one");
}

// L1 and L2 recorded on one tape, so that every leaf is used by both: the gradient of L1 + L2 is the sum of theirs.
// (L2 need not equal L1: dropout draws another mask.)
void recorded_twice(Subject& s) {
  Tape t(s.parameters, one_thread);
  const Var a = s.f.record(t), b = s.f.record(t);
  const Var both = sum_of(t, a, b);
  t.backward(a, s.cotangent);
  const std::vector<Tensor> ga = s.all_gradients(t);
  t.zero_grad();
  t.backward(b, s.cotangent);
  const std::vector<Tensor> gb = s.all_gradients(t);
  t.zero_grad();
  t.backward(both, s.cotangent);
  for (std::size_t k = 0; k < s.parameters.size(); ++k)
    if (largest_difference(ga[k], gb[k], s.gradient(t, k)) > s.allowed(k))
      s.fail(k,
             "gradients of two uses of " + s.name(k) + " do not add up: its gradient is overwritten, not accumulated");
}

// Each parameter moves alone: its gradient is what it was, and nothing that is frozen got one.
void one_moves(Subject& s) {
  for (std::size_t k = 0; k < s.parameters.size(); ++k) {
    Tape t({s.parameters[k]}, one_thread);
    const Var y = s.f.record(t);
    if (y.node().requires_grad) t.backward(y, s.cotangent);
    if (largest_difference(s.gradient(t, k), Tensor::zeros(s.gradients[k].shape()), s.gradients[k]) > s.allowed(k))
      s.fail(k, "the gradient of " + s.name(k) + " is another when the other parameters are frozen");
    for (const Node* n : t.nodes())
      if (!n->requires_grad && (n->has_grad || !n->grad.empty()))
        s.fail(k, "only " + s.name(k) + " moves, but a frozen " + n->op() + " of shape " + n->value.shape().str() +
                      " got a gradient");
  }
}

// The same of each node by itself. Above, only leaves are used twice: an op that is fed by another op's result, which no
// other op uses, could overwrite its gradient unseen.
void every_node(Subject& s) {
  Tape t(s.parameters, one_thread);
  s.f.record(t);
  const std::vector<Node*> nodes(t.nodes().begin(), t.nodes().end());
  for (Node* n : nodes) {
    if (n->inputs.empty() || !n->requires_grad) continue;
    NodeRules rules(t, *n, s.parameters, s.options.seed);
    rules.as_recorded();
    if (const std::optional<Diagnosis> d = rules.broken())
      s.result.failures.push_back({d->parameter, d->op, -1,
                                   "the backward of " + d->op + " breaks a rule, whatever it is fed by: input " +
                                       std::to_string(d->input + 1) + " (" + d->argument + "): " + d->what});
  }
}

}  // namespace

void check_protocol(Subject& s) {
  backward_again(s);
  recorded_twice(s);
  one_moves(s);
  if (s.result.failures.empty()) every_node(s);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
