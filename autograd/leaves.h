// Leaves: the parameters that a tape has met, which of them move, and the gradients of those.
//
// A parameter's entry is found by its address in memory, in one lookup, and is kept when the tape is cleared: a training
// step that repeats finds every leaf where the first step put it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/node.h"
#include "autograd/parameter.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API Leaves {
 public:
  struct Entry {
    const Parameter* parameter;
    Node* node = nullptr;       // what stands for it in this recording; null for nothing yet
    std::uint64_t version = 0;  // the parameter's, when it was recorded
    // Of one that moves:
    Tensor grad = {};       // dL/d(parameter), of its shape; empty until something reaches it
    bool has_grad = false;  // whether something has, since zero_grad()
    int passes = 0;         // how many backward passes have, since zero_grad()
  };
  explicit Leaves(Parameters moving);

  const Parameters& moving() const { return moving_; }
  bool moves(int entry) const { return entry < std::ssize(moving_); }  // these are the first entries, in their order
  Entry& operator[](int entry) { return entries_[entry]; }
  const Entry& operator[](int entry) const { return entries_[entry]; }
  int find(const Parameter& p) const;  // -1 for one that the tape has not met
  int entry(const Parameter& p);       // made where there is none
  void record(int entry, Node& node);  // node stands for it in this recording
  std::span<const int> recorded() const { return recorded_; }

  void clear();             // forgets the nodes
  void zero_grad();         // no gradient has reached any of them
  void begin_backward();    // a pass begins, which has reached none of them
  void reach(Node& leaf) {  // a gradient has reached a leaf that moves, in this pass
    leaf.reached = true;
    entries_[leaf.moving].has_grad = true;
    ++entries_[leaf.moving].passes;
  }

 private:
  std::size_t slot(const Parameter& p) const;  // where the table has its entry, or would have it
  void rebuild(std::size_t slots);

  Parameters moving_;
  std::vector<Entry> entries_;
  std::vector<int> table_;  // a hash table with open addressing: the number of an entry, -1 for none
  std::vector<int> recorded_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
