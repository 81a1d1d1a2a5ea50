// MNIST, as its authors' four files or as the test pair alone.
#pragma once

#include <string>

#include "model/data/images.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Reads MNIST from a folder. The names of the files are
//   train-images-idx3-ubyte  train-labels-idx1-ubyte      60,000 images
//   t10k-images-idx3-ubyte   t10k-labels-idx1-ubyte       10,000 images
// also with ".idx" in place of "-idx", with "mnist-" before or ".gz" after. Without the train pair, the first four
// fifths of the t10k pair train (8,000 images) and the rest tests (2,000). Throws InputError as read_idx_pair (idx.h)
// does, and where the folder or a file is missing
// or cannot be read.
GRADUS_API ImageData load_mnist(const std::string& folder);

}  // namespace GRADUS_REAL
}  // namespace gradus
