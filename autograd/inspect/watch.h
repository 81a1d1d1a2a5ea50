// Watch: what a tape looks at while it computes, when it is asked to: NaN and infinity, and time.
#pragma once

#include <string>
#include <vector>

#include "autograd/node.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API Watch {
 public:
  struct Seconds {
    double forward = 0, backward = 0;
  };
  void check_finite(bool on) { finite_ = on, on_ = finite_ || timed_; }
  void measure_time(bool on) { timed_ = on, on_ = finite_ || timed_; }
  bool on() const { return on_; }
  void clear() { seconds_.clear(); }
  Seconds seconds(int node) const { return node < std::ssize(seconds_) ? seconds_[node] : Seconds(); }

  // Called by the tape, where on(). They throw Error at what is not finite.
  void run(const Tape& t, Node& n);               // in place of n.forward()
  void leaf(const Tape& t, const Node& n) const;  // after a leaf was recorded
  void before_backward();                         // around n.backward()
  void after_backward(const Tape& t, const Node& n);

 private:
  Seconds& seconds_of(const Tape& t, const Node& n);

  bool finite_ = false, timed_ = false, on_ = false;
  std::vector<Seconds> seconds_;  // of the nodes, while timed
  double started_ = 0;            // when the present node's backward was
};

// The first value of a recording that is not finite, as text: "#3 log: value 0 of (2) is -inf; input #2 parameter 'w' (2)
// [0, 1], recorded at train.cpp:41". "" where all are finite.
GRADUS_API std::string first_not_finite(const Tape& t);

}  // namespace GRADUS_REAL
}  // namespace gradus
