// What the files of the gradient check share. Internal.
#pragma once

#include <string>
#include <vector>

#include "autograd/gradcheck/gradcheck.h"

namespace gradus {
inline namespace GRADUS_REAL {

constexpr int one_thread = 1;                  // results do not depend on it, and what is checked is small
std::string number(double x, int digits = 2);  // "1.00e-07"
std::string multi_index(const Shape& shape, Index position);  // "[0, 2]"
bool finite(const Tensor& t);
double largest(const Tensor& t);                                               // the largest magnitude
double largest_difference(const Tensor& a, const Tensor& b, const Tensor& c);  // the largest |a + b - c|
double dot(const Tensor& a, const Tensor& b);
Tensor random_normal(const Shape& shape, std::uint64_t seed, std::string_view purpose, std::uint64_t step = 0);
inline bool close(double a, double b, double within) {
  return std::abs(a - b) <= within;
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

// Slopes of L = sum(cotangent * y) along one line through the parameters' values. --- differences.cpp
class Differences {
 public:
  Differences(GradcheckFunction& f, const Tensor& cotangent, const GradcheckOptions& options)
      : f_(f), cotangent_(cotangent), options_(options) {}
  double slope(Parameter& p, Index i);                  // by element i, at the step of the options
  double slope(Parameter& p, const Tensor& direction);  // along a direction
  // Looks again at an element that is off, with steps from 100 times down to 1e-4 times the usual one, and sets its
  // numeric value and verdict. s: the parameter's gradient scale.
  void sweep(Parameter& p, GradcheckRow& row, double s);

 private:
  struct Slopes {
    double right, left, central;
  };
  Slopes slopes(Moved& x, Index i, const Tensor* direction, double h, const Tensor* middle);
  Tensor values();  // of f, at the parameters' present values

  GradcheckFunction& f_;
  const Tensor& cotangent_;
  const GradcheckOptions& options_;
  Tape frozen_{Parameters{}, one_thread};
};

// One input of one node: its gradient two ways, from one random cotangent. --- blame.cpp
struct LocalGradient {
  const Node* node = nullptr;
  const Node* input = nullptr;
  int position = 0;                 // the first of the node's inputs that is this one
  Tensor x, y;                      // the values of the input and of the node
  Tensor cotangent;                 // G, of y's shape
  Tensor analytic, numeric;         // of x's shape
  std::vector<double> left, right;  // one-sided slopes
  std::vector<Tensor> jacobian;     // dy/dx_i, one for each element i of x
  std::vector<bool> wrong;
  Index wrong_count = 0, kinks = 0;  // kinks: wrong elements at which the one-sided slopes differ

  double scale() const { return std::max({largest(analytic), largest(numeric), 1e-300}); }
};

// Looks for the nodes whose own backward is not the derivative of their own forward; else for what is outside of them.
std::vector<Diagnosis> blame(GradcheckFunction& f, const Parameters& parameters, const GradcheckOptions& options);

// Names the fault of one wrong gradient. others: of the node's other inputs. --- cause.cpp
struct Named {
  Cause cause = Cause::unknown;
  std::string what;
};
Named cause_of(const LocalGradient& l, const std::vector<LocalGradient>& all);

}  // namespace GRADUS_REAL
}  // namespace gradus
