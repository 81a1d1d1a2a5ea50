// A tape of plain numbers. exercise.cpp defines these functions, the tests call them.
#pragma once

#include <string>
#include <vector>

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// One of the values that an entry was computed from.
struct From {
  int entry;          // its place on the tape
  double derivative;  // d(the new value) / d(that value): the local derivative
};

// One line of the tape: a value, and how it came about.
struct Entry {
  std::string op;
  double value = 0;
  std::vector<From> from = {};
  double gradient = 0;  // d(the last value) / d(this value), once backward has come to it
};

using NumberTape = std::vector<Entry>;

// Each writes a new entry and returns its place. a and b are places of earlier entries.
int number(NumberTape& tape, double value);
int plus(NumberTape& tape, int a, int b);
int times(NumberTape& tape, int a, int b);
int tanh_of(NumberTape& tape, int a);

// Fills in every gradient.
void backward(NumberTape& tape);

}  // namespace GRADUS_REAL
}  // namespace gradus
