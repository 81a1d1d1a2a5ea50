// What the exercises' files and their tests share.
#pragma once

#include <stdexcept>
#include <string>

#include "autograd/op.h"

namespace gradus {
inline namespace GRADUS_REAL {

// What is thrown where nothing was written yet. No Error: a gradient check lets it pass.
struct StartingPoint final : std::logic_error {
  using std::logic_error::logic_error;
};

// Stands in the gap of an untouched exercise. Your code takes its place.
[[noreturn]] void starting_point();

// What the node of an exercise derives from: a Node that counts, so that the tests know that it was yours that ran.
struct Exercise : Node {
  int forward_runs = 0, backward_runs = 0;
};

// The one Exercise on the tape. Throws std::runtime_error, which says what is there instead, where there is none or several.
const Exercise& only_exercise(const Tape& t);

// The ops on the tape in the order of recording: "parameter my_product sum".
std::string ops(const Tape& t);

}  // namespace GRADUS_REAL
}  // namespace gradus
