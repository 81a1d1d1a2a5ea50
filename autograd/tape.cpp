#include "autograd/tape.h"

#include <algorithm>
#include <cstring>
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
    : moving_(std::move(moving)), gradients_(moving_.size()), threads_(threads > 0 ? threads : available_threads()) {
  places_.emplace_back();
  slots_.resize(64);
}

Tape::~Tape() {
  for (Node* n : nodes_) n->~Node();
}

void Tape::clear() {
  for (Node* n : nodes_) n->~Node();
  nodes_.clear();
  named_.clear();
  node_memory_.clear();
  tensor_memory_.clear();
  slots_used_ = 0;
  seconds_.clear();
  cursor_ = -1;
  scope_ = 0;
  dropout_ = false;
  ++generation_;
}

// --- recording -------------------------------------------------------------------------------------------------------

void Tape::enter(Node& n, std::span<Node* const> inputs, Site at) {
  n.tape = this;
  n.at = at;
  n.scope = scope_;
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

// The slot of p: the one that holds it in this generation, or else a free one.
Tape::LeafSlot& Tape::slot(const Parameter& p) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = (reinterpret_cast<std::uintptr_t>(&p) >> 4) * 0x9e3779b97f4a7c15U >> 20;; ++i) {
    LeafSlot& s = slots_[i & mask];
    if (s.generation != generation_ || s.parameter == &p) return s;
  }
}

void Tape::grow_slots() {
  std::vector<LeafSlot> old(2 * slots_.size());
  old.swap(slots_);
  for (const LeafSlot& s : old)
    if (s.generation == generation_) slot(*s.parameter) = s;
}

int Tape::moving_index(const Parameter& p) const {
  const auto at = std::find(moving_.begin(), moving_.end(), &p);
  return at == moving_.end() ? -1 : static_cast<int>(at - moving_.begin());
}

Var Tape::leaf(const Parameter& p, Site at) {
  if (const LeafSlot& s = slot(p); s.generation == generation_) return var(*s.node);
  if (2 * ++slots_used_ > slots_.size()) grow_slots();
  Leaf& n = make<Leaf>({}, at);
  n.value = Tensor::borrow(p.shape(), const_cast<Real*>(p.value().data()));
  n.moving = moving_index(p);
  if (n.moving >= 0) {
    Moving& m = gradients_[n.moving];
    n.requires_grad = true;
    n.has_grad = m.has_grad;
    if (!m.grad.empty()) n.grad = Tensor::borrow(p.shape(), m.grad.data());
  }
  slot(p) = {&p, generation_, &n, p.version()};
  if (watched_) watch_leaf(n);
  return var(n);
}

Var Tape::constant(Tensor value, Site at) {
  Leaf& n = make<Leaf>({}, at);
  n.value = std::move(value);
  if (watched_) watch_leaf(n);
  return var(n);
}

void Tape::enable_dropout(std::uint64_t seed, std::uint64_t step) {
  dropout_ = true;
  dropout_seed_ = seed;
  dropout_step_ = step;
}

// --- backward --------------------------------------------------------------------------------------------------------

void Tape::backward(const Var& loss) {
  const Node* n = check(loss);
  if (n->value.size() != 1)
    throw Error("backward: expected a loss of one value, got shape " + n->value.shape().str() +
                "; reduce it with sum or mean, or give a cotangent of its shape");
  backward(loss, Tensor::full(n->value.shape(), 1));
}

void Tape::backward(const Var& y, const Tensor& cotangent) {
  begin_backward(y, cotangent);
  while (step_back()) {
  }
}

void Tape::begin_backward(const Var& y, const Tensor& cotangent) {
  Node& n = *check(y);
  if (!n.requires_grad)
    throw Error(std::string("backward: nothing that moves is among the ancestors of this ") + n.op() +
                "; give the tape the parameters to differentiate by");
  if (cotangent.shape() != n.value.shape())
    throw Error("backward: expected a cotangent of shape " + n.value.shape().str() + ", got " +
                cotangent.shape().str());
  for (const LeafSlot& s : slots_)
    if (s.generation == generation_ && s.version != s.parameter->version())
      throw Error("backward: parameter " + quoted(s.parameter->name()) +
                  " was changed after it was recorded; clear the tape and record again");
  for (Node* other : nodes_)
    if (other->moving < 0) other->has_grad = false;
  const bool add = n.has_grad;
  if (n.grad.shape() != n.value.shape()) allocate_grad(n);
  for (Index i = 0; i < cotangent.size(); ++i) n.grad[i] = add ? n.grad[i] + cotangent[i] : cotangent[i];
  n.has_grad = true;
  if (n.moving >= 0) gradients_[n.moving].has_grad = true;
  cursor_ = n.index;
}

const Node* Tape::step_back() {
  while (cursor_ >= 0) {
    Node& n = *nodes_[cursor_--];
    if (!passes_on(n)) continue;
    if (watched_) start_watch();
    n.backward();
    if (watched_) watch_backward(n);
    return &n;
  }
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
  Moving& m = gradients_[n.moving];
  if (m.grad.shape() != n.value.shape()) {
    m.grad = Tensor(n.value.shape());
    ++leaf_gradients_;
  }
  n.grad = Tensor::borrow(n.value.shape(), m.grad.data());
}

bool Tape::has_grad(const Parameter& p) const {
  const int i = moving_index(p);
  return i >= 0 && gradients_[i].has_grad;
}

const Tensor& Tape::grad(const Parameter& p) const {
  const int i = moving_index(p);
  if (i < 0) throw Error("grad: parameter " + quoted(p.name()) + " does not move on this tape, so it has no gradient");
  const Moving& m = gradients_[i];
  if (!m.has_grad) throw Error("grad: no gradient has reached parameter " + quoted(p.name()) + "; call backward first");
  return m.grad;
}

void Tape::zero_grad() {
  for (Moving& m : gradients_) m.has_grad = false;
  for (Node* n : nodes_)
    if (n->moving >= 0) n->has_grad = false;
}

// --- names -----------------------------------------------------------------------------------------------------------

int Tape::child(int parent, std::string_view local) {
  for (const int c : places_[parent].children)
    if (places_[c].local == local) return c;
  const std::string& base = places_[parent].path;
  Place p;
  p.path = base.empty() ? std::string(local) : base + "." + std::string(local);
  p.local = local;
  mark(p);
  places_.push_back(std::move(p));
  const int id = static_cast<int>(places_.size()) - 1;
  places_[parent].children.push_back(id);
  return id;
}

void Tape::mark(Place& place) const {
  place.stops = !stop_.empty() && place.path == stop_;
  place.wanted = place.stops || std::find(wanted_.begin(), wanted_.end(), place.path) != wanted_.end() ||
                 std::find(wanted_.begin(), wanted_.end(), "*") != wanted_.end();
}

void Tape::stop_at(std::string_view address) {
  stop_ = address;
  for (Place& p : places_) mark(p);
}

void Tape::want(std::string_view address) {
  wanted_.emplace_back(address);
  for (Place& p : places_) mark(p);
}

bool Tape::wants(std::string_view name) {
  const Place& p = places_[child(scope_, name)];
  return p.wanted || (hook_ && hook_->wants(p.path));
}

Var Tape::name(Var x, std::string_view name) {
  check(x);
  int id = child(scope_, name);
  for (int visit = 2; places_[id].generation == generation_; ++visit)
    id = child(scope_, std::string(name) + "#" + std::to_string(visit));
  if (hook_) {
    const std::string path = scope_path(id);
    const Var y = hook_->at(path, x);
    if (check(y)->value.shape() != x.shape())
      throw Error("hook at " + quoted(path) + ": expected a replacement of shape " + x.shape().str() + ", got " +
                  y.shape().str());
    x = y;
  }
  Place& p = places_[id];
  p.node = x.node_;
  p.generation = generation_;
  if (p.node->address < 0) p.node->address = id;
  named_.push_back(id);
  if (p.stops) throw ForwardStopped{x};
  return x;
}

Var Tape::find(std::string_view address) const {
  for (const int id : named_) {
    const Place& p = places_[id];
    if (p.path == address) return {p.node, const_cast<Tape*>(this), generation_};
  }
  throw Error("find: nothing on this tape is named " + quoted(address));
}

std::vector<std::string> Tape::addresses() const {
  std::vector<std::string> all;
  for (const int id : named_) all.push_back(scope_path(id));
  return all;
}

// --- checks ----------------------------------------------------------------------------------------------------------

Node* Tape::check(const Var& v) const {
  if (!v.tape_) throw Error("Var: this Var refers to nothing; it was never assigned");
  if (v.tape_ != this) throw Error("Var: this Var belongs to another tape");
  if (v.generation_ != generation_) throw Error("Var: this Var is stale: its tape was cleared after it was recorded");
  return v.node_;
}

std::string Tape::where(Site at) const {
  const Site& site = open_scopes_ > 0 ? outermost_ : at;
  const char* slash = std::strrchr(site.file_name(), '/');
  const std::string& scope = scope_path(scope_);
  return (scope.empty() ? "" : ", in " + scope) + ", at " + (slash ? slash + 1 : site.file_name()) + ":" +
         std::to_string(site.line());
}

Tape::Counts Tape::counts() const {
  return {leaf_gradients_, node_memory_.block_count() + tensor_memory_.block_count(),
          node_memory_.bytes_reserved() + tensor_memory_.bytes_reserved()};
}

Scope::Scope(Tape& tape, std::string_view local, Site at)
    : tape_(tape), before_(tape.scope_), outermost_before_(tape.outermost_) {
  if (tape_.open_scopes_++ == 0) tape_.outermost_ = at;
  if (!local.empty()) tape_.scope_ = tape_.child(tape_.scope_, local);
}

Scope::~Scope() {
  --tape_.open_scopes_;
  tape_.scope_ = before_;
  tape_.outermost_ = outermost_before_;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
