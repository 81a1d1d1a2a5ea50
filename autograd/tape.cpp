#include "autograd/tape.h"

#include <algorithm>
#include <limits>

#include "autograd/error.h"
#include "autograd/kernels/parallel.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// A value that was not computed: a parameter or a constant.
struct Leaf final : Node {
  const char* op() const override { return moving >= 0 ? "parameter" : "constant"; }
  const char* formula() const override { return moving >= 0 ? "a leaf that moves" : "a frozen leaf"; }
  const char* derivative() const override { return ""; }
  void forward() override {}
  void backward() override {}
};

// Whether there is a gradient to pass on, and something to pass it to.
bool passes_on(const Node& n) {
  return n.requires_grad && n.has_grad && !n.inputs.empty();
}

std::string quoted(std::string_view s) {
  return "'" + std::string(s) + "'";
}

}  // namespace

Hook::~Hook() = default;

bool Hook::wants(const std::string&) {
  return false;
}

Tape::Tape(Parameters moving, int threads)
    : life_(new TapeLife{this}), threads_(threads > 0 ? threads : available_threads()), leaves_(std::move(moving)) {}

Tape::~Tape() {
  for (Node* n : nodes_) n->~Node();
  life_->tape = nullptr;
  ++life_->generation;
  if (--life_->users == 0) delete life_;
}

void Tape::clear() {
  for (Node* n : nodes_) n->~Node();
  nodes_.clear();
  node_memory_.clear();
  tensor_memory_.clear();
  leaves_.clear();
  names_.clear();
  watch_.clear();
  dropout_ = {};
  cursor_ = -1;
  ++life_->generation;
}

// --- recording -------------------------------------------------------------------------------------------------------

void Tape::enter(Node& n, std::span<Node* const> inputs, Site at) {
  n.tape = this;
  n.at = at;
  n.scope = names_.scope();
  n.index = static_cast<int>(nodes_.size());
  Node** kept = n.inline_inputs_;
  if (inputs.size() > std::size(n.inline_inputs_))
    kept = static_cast<Node**>(node_memory_.allocate(inputs.size_bytes(), alignof(Node*)));
  std::copy(inputs.begin(), inputs.end(), kept);
  n.inputs = {kept, inputs.size()};
  for (const Node* input : inputs) n.requires_grad |= input->requires_grad;
  nodes_.push_back(&n);
}

Tensor Tape::tensor(const Shape& shape) {
  const auto bytes = shape.size() * sizeof(Real);
  const std::size_t alignment = bytes <= 8 ? 8 : 64;  // a scalar needs no cache line of its own
  Tensor t = Tensor::borrow(shape, static_cast<Real*>(tensor_memory_.allocate(bytes, alignment)));
#if defined(GRADUS_CHECKED)
  t.fill(std::numeric_limits<Real>::quiet_NaN());
#endif
  return t;
}

Var Tape::leaf(const Parameter& p, Site at) {
  const int entry = leaves_.entry(p);
  const Leaves::Entry& e = leaves_[entry];
  if (e.node) {
    if (e.version != p.version())
      throw Error("leaf: parameter " + quoted(p.name()) +
                  " was changed after it was recorded; clear the tape and record again" + where(at));
    return var(*e.node);
  }
  if (!p.is_set())
    throw Error("leaf: parameter " + quoted(p.name()) +
                " has no values yet; initialize it first, or load it from a file" + where(at));
  Leaf& n = make<Leaf>({}, at);
  n.value = p.value().share();
  n.parameter = entry;
  if (leaves_.moves(entry)) {
    n.moving = entry;
    n.requires_grad = true;
    n.has_grad = e.has_grad;
    if (!e.grad.empty()) n.grad = Tensor::borrow(p.shape(), const_cast<Real*>(e.grad.data()));
  }
  leaves_.record(entry, n);
  if (watch_.on()) watch_.leaf(*this, n);
  return var(n);
}

Var Tape::constant(Tensor value, Site at) {
  Leaf& n = make<Leaf>({}, at);
  n.value = std::move(value);
  if (watch_.on()) watch_.leaf(*this, n);
  return var(n);
}

// --- backward --------------------------------------------------------------------------------------------------------

void Tape::backward(const Var& loss, Site at) {
  const Node* n = check(loss, "backward", at);
  if (n->value.size() != 1)
    throw Error("backward: expected a loss of one value, got shape " + n->value.shape().str() +
                "; reduce it with sum or mean, or give a cotangent of its shape" + where(at));
  backward(loss, Tensor::full(n->value.shape(), 1), at);
}

void Tape::backward(const Var& y, const Tensor& cotangent, Site at) {
  begin_backward(y, cotangent, at);
  while (step_back()) {
  }
}

void Tape::begin_backward(const Var& y, const Tensor& cotangent, Site at) {
  Node& n = *check(y, "backward", at);
  if (!n.requires_grad)
    throw Error(std::string("backward: nothing that moves is among the ancestors of this ") + n.op() +
                "; give the tape the parameters to differentiate by" + where(at));
  if (cotangent.shape() != n.value.shape())
    throw Error("backward: expected a cotangent of shape " + n.value.shape().str() + ", got " +
                cotangent.shape().str() + where(at));
  for (const int i : leaves_.recorded()) {
    const Leaves::Entry& e = leaves_[i];
    if (e.version != e.parameter->version())
      throw Error("backward: parameter " + quoted(e.parameter->name()) +
                  " was changed after it was recorded; clear the tape and record again" + where(at));
  }
  for (Node* other : nodes_)
    if (other->moving < 0) other->has_grad = false;
  leaves_.begin_backward();
  const bool add = n.has_grad;
  if (n.grad.shape() != n.value.shape()) allocate_grad(n);
  for (Index i = 0; i < cotangent.size(); ++i) n.grad[i] = add ? n.grad[i] + cotangent[i] : cotangent[i];
  n.has_grad = true;
  if (n.moving >= 0) leaves_.reach(n);
  cursor_ = n.index;
}

const Node* Tape::step_back() {
  while (cursor_ >= 0) {
    Node& n = *nodes_[cursor_--];
    if (!passes_on(n)) continue;
    if (watch_.on()) watch_.before_backward();
    // gdb stops below: a node's backward is about to run
    n.backward();
    if (watch_.on()) watch_.after_backward(*this, n);
    return &n;
  }
  // gdb stops below: the backward pass is over
  return nullptr;
}

const Node* Tape::next_back() const {
  for (int i = cursor_; i >= 0; --i)
    if (passes_on(*nodes_[i])) return nodes_[i];
  return nullptr;
}

void Tape::allocate_grad(Node& n) {
  if (n.moving < 0) {
    n.grad = tensor(n.value.shape());
    return;
  }
  Tensor& grad = leaves_[n.moving].grad;
  if (grad.shape() != n.value.shape()) {
    grad = Tensor(n.value.shape());
    ++leaf_gradients_;
  }
  n.grad = Tensor::borrow(n.value.shape(), grad.data());
}

bool Tape::has_grad(const Parameter& p) const {
  const int i = leaves_.find(p);
  return i >= 0 && leaves_[i].has_grad;
}

int Tape::passes(const Parameter& p) const {
  const int i = leaves_.find(p);
  return i < 0 ? 0 : leaves_[i].passes;
}

const Tensor& Tape::grad(const Parameter& p) const {
  const int i = leaves_.find(p);
  if (i < 0 || !leaves_.moves(i))
    throw Error("grad: parameter " + quoted(p.name()) + " does not move on this tape, so it has no gradient");
  if (!leaves_[i].has_grad)
    throw Error("grad: no gradient has reached parameter " + quoted(p.name()) + "; call backward first");
  return leaves_[i].grad;
}

// --- names -----------------------------------------------------------------------------------------------------------

bool Tape::wants(std::string_view name) {
  const int place = names_.in_scope(name);
  return names_.wanted(place) || (hook_ && hook_->wants(names_.path(place)));
}

Var Tape::name(Var x, std::string_view name, Site at) {
  check(x, "name", at);
  const int place = names_.free_place(name);
  if (hook_) {
    const std::string path = names_.path(place);
    const Var y = hook_->at(path, x);
    if (check(y, "hook", at)->value.shape() != x.shape())
      throw Error("hook at " + quoted(path) + ": expected a replacement of shape " + x.shape().str() + ", got " +
                  y.shape().str());
    x = y;
  }
  Node& n = *x.node_;
  names_.put(place, n.index);
  if (n.address < 0) n.address = place;
  // gdb stops below: a value has been given a name
  if (names_.stops(place)) throw ForwardStopped{x};
  return x;
}

Var Tape::find(std::string_view address) const {
  const int value = names_.find(address);
  if (value < 0) throw Error("find: nothing on this tape is named " + quoted(address));
  return {nodes_[value], life_};
}

std::vector<std::string> Tape::addresses() const {
  std::vector<std::string> all;
  for (const int place : names_.given()) all.push_back(names_.path(place));
  return all;
}

std::string Tape::name_of(const Node& n) const {
  if (n.address >= 0) return names_.path(n.address);
  return n.parameter >= 0 ? leaves_[n.parameter].parameter->name() : "";
}

// --- checks ----------------------------------------------------------------------------------------------------------

void Tape::refuse(const Var& v, const char* op, Site at) const {
  v.tape(at, op);  // throws for one of nothing, or of a tape that is gone
  throw Error(std::string(op) +
              (v.life_ != life_ ? ": this Var belongs to another tape; record all of a computation on one tape"
                                : ": this Var is stale: its tape was cleared after it was recorded; record it again") +
              where(at));
}

Tape::Counts Tape::counts() const {
  return {leaf_gradients_, node_memory_.block_count() + tensor_memory_.block_count(),
          node_memory_.bytes_reserved() + tensor_memory_.bytes_reserved()};
}

Scope::Scope(Tape& tape, std::string_view local, Site at) : tape_(tape), outer_(tape.names_.open(local, at)) {}

Scope::~Scope() {
  tape_.names_.close(outer_);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
