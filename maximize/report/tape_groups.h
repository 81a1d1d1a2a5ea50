// Which nodes of a tape share a box where it is drawn, and what stands in it.
#pragma once

#include "maximize/report/tape_drawing.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct Group {
  std::vector<std::string> inside;  // the modules around it, and itself where it stands for one: {"h.0", "mlp"}
  std::vector<const TapeRow*> ops;  // one, or all of a module
  bool whole = false;               // whether it stands for a module
};

// The rows from number `first` on that are not leaves, at most `most` groups in the order of recording: each op for
// itself, or all of a module together, the inner modules first. The op named `open` and the modules around it stay
// apart (then there may be more groups); without one, if modules are not enough, the middle of the tape becomes one
// group.
std::vector<Group> groups(const std::vector<TapeRow>& rows, int first, const std::string& open, int most);

// "h.0.mlp" of {"h.0", "mlp", "c_fc"} and 2.
std::string joined(const std::vector<std::string>& modules, std::size_t count);

struct Line {
  std::string words;
  const char* kind;        // its class
  std::string note = {};   // behind the words
  std::string right = {};  // a shape at the right end of the same line
};

// In a file: names, summaries of values and gradients, leaves.
std::vector<Line> lines_with_numbers(const std::vector<TapeRow>& rows, const Group& group);

// In a page: names, ops and shapes. Of the modules around the group the first `level` are not repeated. Where it fits
// into `width` pixels this is one line; a width of 0 stands for a narrow box, a line for each word.
std::vector<Line> lines_with_shapes(const std::vector<TapeRow>& rows, const Group& group, std::size_t level, int width,
                                    const BothDirections& both);

// A shape of both directions: "(N, 16, 28, 28)", with letters for the axes whose lengths differ.
std::string shape_words(const Shape& shape, const std::vector<TapeRow>& rows, const BothDirections& both);

// The characters in a line of a narrow box.
inline constexpr std::size_t narrow = 17;

// Breaks at spaces into lines of at most `width` characters, as far as the words allow.
std::vector<std::string> wrapped(const std::string& words, std::size_t width);

}  // namespace GRADUS_REAL
}  // namespace gradus
