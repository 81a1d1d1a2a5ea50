#include "checker/exercise.h"

#include "tests/catch.h"

namespace gradus {
inline namespace GRADUS_REAL {

void starting_point() {
  throw StartingPoint("this is the starting point");  // `check` looks for these words
}

const Exercise& only_exercise(const Tape& t) {
  const Exercise* found = nullptr;
  for (const Node* n : t.nodes()) {
    const auto* mine = dynamic_cast<const Exercise*>(n);
    if (!mine) continue;
    if (found) throw std::runtime_error("expected one node of yours on the tape, found several: " + ops(t));
    found = mine;
  }
  if (!found) throw std::runtime_error("expected a node of yours on the tape, found: " + ops(t));
  return *found;
}

std::string ops(const Tape& t) {
  std::string all;
  for (const Node* n : t.nodes()) all += (all.empty() ? "" : " ") + std::string(n->op());
  return all;
}

}  // namespace GRADUS_REAL
}  // namespace gradus

CATCH_TRANSLATE_EXCEPTION(const gradus::StartingPoint& gap) {
  return gap.what();
}
