// From vectors back to words: the nearest token embeddings by cosine, and how near a random direction would come.
#pragma once

#include <vector>

#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct Neighbour {
  Index token;
  double cosine;
};

// For each row of x (..., C) the `keep` tokens of highest cosine similarity in the embeddings (V, C), the nearest
// first.
GRADUS_API std::vector<std::vector<Neighbour>> nearest_tokens(const Tensor& embeddings, const Tensor& x, int keep);

// The null beside every best cosine: the best cosine of random directions, its mean and standard deviation over
// `draws`.
struct NullCosine {
  double mean, standard_deviation;
};
GRADUS_API NullCosine null_cosine(const Tensor& embeddings, int draws, std::uint64_t seed);

}  // namespace GRADUS_REAL
}  // namespace gradus
