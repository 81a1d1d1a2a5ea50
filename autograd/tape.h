// Tape: records operations in the order in which they are called, and walks them backward.
//
//   Parameter w("w", Tensor({2}, {1, 2}));
//   Tape t({&w});                           // w moves; every other leaf on this tape is frozen
//   Var loss = sum(square(t.leaf(w)));      // recorded as it is computed
//   t.backward(loss);                       // from the end to the start, one node after another
//   t.grad(w);                              // (2) [2, 4]
//
// A tape belongs to one thread at a time; two tapes in two threads do not know of each other. There are no globals.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/arena.h"
#include "autograd/inspect/watch.h"
#include "autograd/leaves.h"
#include "autograd/names.h"
#include "autograd/node.h"
#include "autograd/parameter.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Sees every named value during the forward pass, and may put another in its place (ablation, patching).
class GRADUS_API Hook {
 public:
  virtual ~Hook();
  // Returns x to let it pass, or a Var of the same shape and tape that everything after it will use instead.
  virtual Var at(const std::string& address, Var x) = 0;
  // Whether to compute values that a fused op would skip, so that they can be seen: the attention patterns.
  virtual bool wants(const std::string& address);
};

// Thrown by Tape::name at the address given to Tape::stop_at, to end a forward pass there. Not an error.
struct GRADUS_API ForwardStopped {
  Var at;
};

struct TapeRow;

// What dropout's masks are drawn by, beside their address. Off, as in evaluation, unless a recording asks for it.
struct DropoutDraw {
  bool enabled = false;
  std::uint64_t seed = 0, step = 0;
};

class GRADUS_API Tape {
 public:
  // moving: the parameters to differentiate by. threads: how many an op may use, 0 for all of the machine's cores;
  // results do not depend on it, bit for bit.
  explicit Tape(Parameters moving = {}, int threads = 0);
  explicit Tape(std::initializer_list<Parameter*> moving, int threads = 0) : Tape(Parameters(moving), threads) {}
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  ~Tape();

  // --- recording
  // The node that stands for p, the same however often it is asked for. p must live as long as the recording.
  Var leaf(const Parameter& p, Site at = Site::current());
  template <std::same_as<Parameter> Temporary>
  Var leaf(Temporary&&, Site = Site::current()) {
    static_assert(sizeof(Temporary) == 0,
                  "a tape refers to its parameters: give this one a name, so that it lives as long as the recording");
    return {};
  }
  Var constant(Tensor value, Site at = Site::current());  // frozen; the tape takes the values over
  Var constant(double value, Site at = Site::current()) {
    return constant(Tensor::full({}, static_cast<Real>(value)), at);
  }

  // Dropout is off, as in evaluation, unless a recording asks for it: its masks depend on (seed, address, step) alone.
  void enable_dropout(std::uint64_t seed, std::uint64_t step) { dropout_ = {true, seed, step}; }
  bool dropout_enabled() const { return dropout_.enabled; }
  std::uint64_t dropout_seed() const { return dropout_.seed; }
  std::uint64_t dropout_step() const { return dropout_.step; }

  // --- backward
  void backward(const Var& loss, Site at = Site::current());                        // loss: one value; dL/dL = 1
  void backward(const Var& y, const Tensor& cotangent, Site at = Site::current());  // dL/dy given; shape of y
  // backward is this, and step_back until it returns null
  void begin_backward(const Var& y, const Tensor& cotangent, Site at = Site::current());
  const Node* step_back();        // runs the next node that has a gradient to pass on; null at the end
  const Node* next_back() const;  // the node that step_back would run; null at the end
  void clear();                   // forgets all nodes; the memory, the addresses and the leaves' gradients are kept

  // --- leaf gradients: they add up over backward passes, and over clear(), until zero_grad()
  const Tensor& grad(const Parameter& p) const;  // throws Error where p does not move or nothing has reached it
  bool has_grad(const Parameter& p) const;
  int passes(const Parameter& p) const;  // over how many backward passes its gradient was added up
  void zero_grad() { leaves_.zero_grad(); }
  const Parameters& moving() const { return leaves_.moving(); }

  // --- names. A scope is a path of module names; an address is a scope and a name: "h.1.mlp.act".
  // name() is the only hook point: it gives x an address, shows it to the hook, and ends the forward pass if asked to.
  Var name(Var x, std::string_view name, Site at = Site::current());
  Var find(std::string_view address) const;    // the value named so in this recording; throws Error if none was
  bool wants(std::string_view name);           // whether the hook, stop_at or want asks for this name in this scope
  std::vector<std::string> addresses() const;  // all names of this recording, in order
  void set_hook(Hook* hook) { hook_ = hook; }  // null for none; must outlive its use
  Hook* hook() const { return hook_; }
  void stop_at(std::string_view address) { names_.stop_at(address); }  // "" for nowhere; name() throws ForwardStopped
  void want(std::string_view address) {
    names_.want(address);
  }  // computed even where a fused op would skip it; "*": all
  const std::string& scope_path(int scope) const { return names_.path(scope); }
  std::string address(const Node& n) const { return n.address < 0 ? "" : names_.path(n.address); }

  // --- watching: off unless asked for, and then a test of one flag per node is all that it costs
  void check_finite(bool on) { watch_.check_finite(on); }  // NaN or infinity throws Error that names the node
  void measure_time(bool on) { watch_.measure_time(on); }  // of each node, for table() and seconds()
  using Seconds = Watch::Seconds;
  Seconds seconds(const Node& n) const { return watch_.seconds(n.index); }

  // --- looking
  std::string name_of(const Node& n) const;  // its address, or the parameter that it stands for; "" for neither
  std::vector<TapeRow> table() const;        // a row a node: inspect/table.h
  std::span<Node* const> nodes() const { return nodes_; }
  int threads() const { return threads_; }
  std::uint64_t generation() const { return life_->generation; }
  struct Counts {                // since the tape was made
    std::size_t leaf_gradients;  // gradient buffers allocated for moving parameters
    std::size_t blocks;          // memory blocks that nodes and tensors live in; constant in a steady step
    std::size_t bytes;           // reserved in them
  };
  Counts counts() const;

  // --- for ops (autograd/ops, and yours)
  template <class N>
  N& make(std::span<Node* const> inputs, Site at) {  // a new node, not yet computed
    N* n = new (node_memory_.allocate(sizeof(N), alignof(N))) N;
    enter(*n, inputs, at);
    return *n;
  }
  void run(Node& n) {  // computes its value
    if (watch_.on())
      watch_.run(*this, n);
    else
      n.forward();
  }
  Tensor tensor(const Shape& shape);  // from the pool: valid until clear()
  Var var(const Node& n) { return {const_cast<Node*>(&n), life_}; }
  // The node of v, of which `op` makes use at a line; throws Error when v is stale or another tape's.
  Node* check(const Var& v, const char* op = "Var", Site at = Site::current()) const {
    if (v.life_ != life_ || v.generation_ != life_->generation) refuse(v, op, at);
    return v.node_;
  }
  std::string where(Site at) const { return names_.where(at); }  // ", in h.0.mlp, at train.cpp:41"

 private:
  friend class Scope;
  friend struct Node;
  void enter(Node& n, std::span<Node* const> inputs, Site at);
  void allocate_grad(Node& n);
  [[noreturn]] void refuse(const Var& v, const char* op, Site at) const;

  TapeLife* life_;  // shared with the Vars
  int threads_;
  Arena node_memory_, tensor_memory_;
  std::vector<Node*> nodes_;
  int cursor_ = -1;  // the backward pass: the next node to look at
  std::size_t leaf_gradients_ = 0;
  Leaves leaves_;
  Names names_;
  Hook* hook_ = nullptr;
  DropoutDraw dropout_;
  Watch watch_;
};

// While it lives, what is recorded belongs to the module `local` inside the present scope ("" for no change).
class GRADUS_API Scope {
 public:
  Scope(Tape& tape, std::string_view local, Site at = Site::current());
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

 private:
  Tape& tape_;
  Names::Outer outer_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
