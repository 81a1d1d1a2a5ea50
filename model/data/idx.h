// IDX, the format of MNIST's files, plain or inside gzip, of one or more members (decided by the bytes, not by the name). All numbers are
// big-endian:
//   4 bytes    magic number: 0, 0, the type of the values (8: unsigned bytes), the number of axes
//   4 bytes    the size of each axis
//   then       the values, row-major
// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "autograd/shape.h"

namespace gradus {

struct LabelledBytes {
  std::vector<std::uint8_t> images;  // N x 28 x 28 grey levels, 0 background, 255 ink
  std::vector<Index> labels;         // N, 0 to 9
};

// Reads and checks a file of images and the file of their labels. Throws InputError, which names the file, where one is
// missing, damaged, of another kind, too short or too long, where a label is above 9, or where the counts differ.
GRADUS_API LabelledBytes read_idx_pair(const std::string& images_path, const std::string& labels_path);

}  // namespace gradus
