// A tape as a picture.
#pragma once

#include "autograd/tape_table.h"

namespace gradus::inline GRADUS_REAL {

// SVG: a box an op, from the top to the bottom in the order of recording, inside frames for the modules; leaves are
// written into the boxes that use them. With more than `most` boxes (at least 3), inner modules become one box each,
// and if that is not enough, the middle of the tape one box.
GRADUS_API std::string drawing(const std::vector<TapeRow>& rows, int most = 49);

}  // namespace gradus::inline GRADUS_REAL
