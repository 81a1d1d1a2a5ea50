// What the files of the gradient check share. Internal.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "autograd/gradcheck/gradcheck.h"

namespace gradus {
inline namespace GRADUS_REAL {

constexpr int one_thread = 1;                  // results do not depend on it, and what is checked is small
std::string number(double x, int digits = 2);  // "1.00e-07"
std::string plain(double x);                   // "0.333333"
std::string quoted(const std::string& name);   // "'fc1.weight'"
std::string multi_index(const Shape& shape, Index position);  // "[0, 2]"
std::string line_of(const Node& n);                           // "train.cpp:41", the line that called the op
bool finite(const Tensor& t);
double largest(const Tensor& t);                                               // the largest magnitude
double largest_difference(const Tensor& a, const Tensor& b, const Tensor& c);  // the largest |a + b - c|
double dot(const Tensor& a, const Tensor& b);
double dot(const std::vector<Tensor>& a, const std::vector<Tensor>& b);
Tensor random_normal(const Shape& shape, std::uint64_t seed, std::string_view purpose, std::uint64_t step = 0);
inline bool close(double a, double b, double within) {
  return std::abs(a - b) <= within;
}
// a - b; no difference between two equal infinities, as a node's value may hold them (pad with minus infinity).
inline double change(double a, double b) {
  return a == b ? 0 : a - b;
}

// A parameter's values are moved, and put back however this scope ends.
class Moved {
 public:
  explicit Moved(Parameter& p) : parameter_(p), before_(p.value()) {}
  Moved(const Moved&) = delete;
  Moved& operator=(const Moved&) = delete;
  ~Moved() { restore(); }
  void element(Index i, double h) { parameter_.mutable_value()[i] = before_[i] + h; }
  void along(const Tensor& direction, double h) {
    Tensor& value = parameter_.mutable_value();
    for (Index i = 0; i < value.size(); ++i) value[i] = before_[i] + h * direction[i];
  }
  void restore() {
    Tensor& value = parameter_.mutable_value();
    for (Index i = 0; i < value.size(); ++i) value[i] = before_[i];
  }
  const Tensor& before() const { return before_; }

 private:
  Parameter& parameter_;
  Tensor before_;
};

// What is checked, and what was found so far.
struct Subject {
  GradcheckFunction& f;
  const Parameters& parameters;
  const GradcheckOptions& options;
  Gradcheck result;
  Tensor cotangent;                  // dL/dy, of the value's shape
  std::vector<Tensor> gradients;     // of each parameter, by the tape
  std::vector<double> scale;         // the largest magnitude in each of them
  std::vector<std::string> users;    // of each parameter, the first op that uses it
  std::optional<double> noise = {};  // of L, what rounding leaves in it (one standard deviation), once it is measured

  void fail(std::string what) { result.failures.push_back({"", "", -1, std::move(what)}); }
  GradcheckFinding& fail(std::size_t k, std::string what, Index index = -1) {
    result.failures.push_back({parameters[k]->name(), users[k], index, std::move(what)});
    return result.failures.back();
  }
  std::string name(std::size_t k) const { return quoted(parameters[k]->name()); }
  // Parameter k's gradient, zero where nothing reached it.
  Tensor gradient(const Tape& t, std::size_t k) const;
  std::vector<Tensor> all_gradients(const Tape& t) const;
  double allowed(std::size_t k) const;  // what adding the same numbers in another order may change
};

// What holds of every backward() whatever the numbers are. --- protocol.cpp
void check_protocol(Subject& s);

// Analytic against numeric, element by element or along directions; then whether the gradient follows when the values
// move. --- compare.cpp
void compare(Subject& s);
void check_following(Subject& s);

// One line through a function's arguments. --- stencil.cpp
class Line {
 public:
  virtual ~Line();
  virtual double start() const = 0;        // the value of the element that moves; 0 along a direction
  virtual const Tensor* at(double t) = 0;  // y where it is start() + t; null where the function throws an Error
  double reached(double t) const { return (start() + t) - start(); }  // start() + t is rounded
};

// The slope of L = sum(cotangent * y) along a line.
struct Derivative {
  double value = 0;
  double estimate = HUGE_VAL;  // of the error of `value`
  double h = 0;                // the step that it was taken at
  bool kink = false;           // the one-sided slopes differ: `low` and `high`
  double low = 0, high = 0;
  bool low_not_finite = false, high_not_finite = false;  // y at -2h or 2h, for h up to `not_finite`
  double not_finite = 0;
  bool one_sided = false;  // `value` is the slope on the finite side
};
struct Steps {
  double unit;   // what is long beside the argument: max(1, |x|)
  double first;  // the search begins here
};
// middle: y at 0. noise: of L, what rounding leaves in it (one standard deviation). It ends where the estimate is below
// enough * max(scale, |value|), or as small as it gets.
Derivative derivative(Line& line, const Tensor& cotangent, const Tensor& middle, double noise, const Steps& steps,
                      double scale, double enough);
double weighted_difference(const Tensor& cotangent, const Tensor& a, const Tensor& b);  // sum(c * (a - b))
double least_noise(const Tensor& cotangent, const Tensor& y);  // were every element of y correctly rounded

// Slopes of the function that is checked. --- differences.cpp
class Differences {
 public:
  explicit Differences(Subject& s);  // at the parameters' present values
  Derivative element(std::size_t k, Index i, double scale);
  Derivative along(std::size_t k, const Tensor& direction, double scale);

 private:
  const Tensor* values();  // at the parameters' present values
  double measured_noise();
  double noise_at(int power);

  friend class FunctionLine;
  Subject& s_;
  Tape frozen_{Parameters{}, one_thread};
  Tensor middle_, last_;
  std::vector<double> first_;  // of each parameter, the step at which its last element's search ended, as a multiple
};

// What one node's backward() does to the memory that it is given, whatever its derivative is. --- node_rules.cpp
class NodeRules {
 public:
  struct Run {
    Tensor grad;
    bool written = false;
  };
  NodeRules(Tape& t, Node& n, const Parameters& parameters, std::uint64_t seed);
  // Runs backward() in the state that the recording left: call it before any forward() runs again.
  void as_recorded();
  std::optional<Diagnosis> broken() const;           // the first rule that it breaks
  std::vector<Run> run(std::optional<double> fill);  // one backward(), by the moving inputs; see node_rules.cpp
  Diagnosis diagnosis(Cause cause, const std::string& what, int input) const;
  int position(const Node* input) const;  // the first of the node's inputs that is this one

  Node& node() const { return node_; }
  const std::vector<Node*>& moving() const { return moving_; }  // inputs, each once
  const Tensor& cotangent() const { return cotangent_; }
  const std::vector<Run>& first() const { return first_; }  // what the recording gave
  static constexpr double first_fill = 0.5, second_fill = -0.75;

 private:
  Tape& tape_;
  Node& node_;
  const Parameters& parameters_;
  std::vector<Node*> inputs_, moving_;
  Tensor cotangent_;
  std::vector<Run> first_, second_, added_;
  int frozen_ = -1;
  std::string thrown_;
};

// One input of one node: its gradient two ways, from one random cotangent. --- blame.cpp
struct LocalGradient {
  const Node* node = nullptr;
  const Node* input = nullptr;
  int position = 0;                     // the first of the node's inputs that is this one
  Tensor x, y;                          // the values of the input and of the node
  Tensor cotangent;                     // G, of y's shape
  Tensor analytic, numeric;             // of x's shape
  std::vector<Derivative> derivatives;  // of sum(G y) by each element of x
  std::vector<Tensor> jacobian;         // dy/dx_i, one for each element i of x
  std::vector<bool> wrong;
  Index wrong_count = 0, kinks = 0;  // kinks: wrong elements at which the one-sided slopes differ

  double scale() const { return std::max({largest(analytic), largest(numeric), 1e-300}); }
};

// Looks for the nodes whose own backward is not the derivative of their own forward; else for what is outside of them.
std::vector<Diagnosis> blame(GradcheckFunction& f, const Parameters& parameters, const GradcheckOptions& options);

// Names the fault of one wrong gradient. all: of the node's inputs. --- cause.cpp
struct Named {
  Cause cause = Cause::unknown;
  std::string what;
};
Named cause_of(const LocalGradient& l, const std::vector<LocalGradient>& all);

}  // namespace GRADUS_REAL
}  // namespace gradus
