// A tape as a picture, SVG: a box an op, from the top to the bottom in the order of recording, inside frames for the
// modules. `gradus tape --svg` and notebooks draw one pass with its numbers; the demo's page draws the tape that both
// of its directions share.
#pragma once

#include "autograd/inspect/table.h"

namespace gradus {
inline namespace GRADUS_REAL {

// One pass as a file of its own: each box with the summary of its value and of its gradient, and with the leaves that
// it uses, those that move in red and the frozen ones with a padlock. With more than `most` boxes (at least 3), inner
// modules become one box each, and if that is not enough, the middle of the tape one box.
GRADUS_API std::string drawing(const std::vector<TapeRow>& rows, int most = 49);

// A tape that is used in both directions: training moves the weights to lower the loss at its end, maximization moves
// the input to raise a unit in its middle.
struct BothDirections {
  // The number of the input's node; what was recorded before it is not drawn.
  int input = 0;
  // The input's leading axes (not more than it has), whose lengths differ in the two directions: {{"N", 1}} where maximization has one image.
  // Their letters stand in the shapes, as every value after the input has these axes too; the lengths stand in the leaf.
  struct Axis {
    std::string letter;
    Index in_maximization;
  };
  std::vector<Axis> axes = {};
  std::string input_label, weights;  // "images"; "52138 numbers"
  std::string unit;                  // "conv2.relu:5", at an address of this tape
  std::string unit_detail = {};      // "its mean over the image"
  std::string loss_detail = {};      // "the loss, in nats"
};

// To stand in a page, which has the colours (classes box, half, arrow ... of page.css). The two leaves are boxes with a
// half for each direction (class half, moves or locked, with data-leaf and data-side) that hold empty texts (name,
// told, hash) for the page to fill in. What only training reaches stands in the left half; the unit ends the right
// half. Grey lines carry values forward, the red rails carry the gradients back to the leaf that moves.
GRADUS_API std::string drawing(const std::vector<TapeRow>& rows, const BothDirections& both, int most = 16);

}  // namespace GRADUS_REAL
}  // namespace gradus
