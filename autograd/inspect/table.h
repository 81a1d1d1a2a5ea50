// A tape as a table, a row a node, in the order of recording, and as text. (maximize/report/tape_drawing.h draws it.)
//
//   t.measure_time(true);              // before recording, where times are wanted
//   t.backward(loss);
//   text(t.table());                   // a line a node
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

// What a tensor's values are like. low, high and mean are those of the finite ones, 0 where there are none.
struct ValueSummary {
  double low = 0, high = 0, mean = 0;
  Index count = 0, not_finite = 0;

  ValueSummary() = default;
  GRADUS_API explicit ValueSummary(const Tensor& t);
  GRADUS_API std::string str() const;  // "-1 .. 2 mean 0.5", "3.5", "2 of 8 not finite"
};

struct TapeRow {
  int number = 0;
  std::string op, formula, derivative, scope;
  std::string name;  // the address, or the parameter's name; "" for none
  Shape shape;
  ValueSummary value, gradient;
  bool has_gradient = false;
  bool leaf = false, moves = false, frozen = false;  // frozen: no gradient can reach it
  int passes = 0;           // of a leaf that moves: how many backward passes its gradient adds up
  std::vector<int> inputs;  // their numbers
  std::string file;         // where it was recorded, without the folder
  int line = 0;
  Index bytes = 0;                                   // of value and gradient
  double forward_seconds = 0, backward_seconds = 0;  // 0 unless measured
};

// Of its value and its gradient.
GRADUS_API Index bytes(const Node& n);

// A line a node, under a heading, in columns. Lines of at most `width` characters leave out what fits least: bytes and
// times, the line of code, the means, the lower ends (|value| is the largest magnitude), the begins of names. 0: as wide
// as it gets.
GRADUS_API std::string text(const std::vector<TapeRow>& rows, int width = 0);

// A line for each op among them, once, under a heading: its formula and its derivative. Leaves have none.
GRADUS_API std::string formulas(const std::vector<TapeRow>& rows);

}  // namespace GRADUS_REAL
}  // namespace gradus
