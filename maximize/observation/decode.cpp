#include "maximize/observation/decode.h"

#include <algorithm>
#include <cmath>

#include "autograd/kernels/product.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The length of each row of a table (V, C).
std::vector<double> lengths(const Real* rows, Index V, Index C) {
  std::vector<double> all(static_cast<std::size_t>(V));
  for (Index v = 0; v < V; ++v) {
    double sum = 0;
    for (Index i = 0; i < C; ++i) sum += static_cast<double>(rows[v * C + i]) * static_cast<double>(rows[v * C + i]);
    all[static_cast<std::size_t>(v)] = std::sqrt(sum);
  }
  return all;
}

}  // namespace

std::vector<std::vector<Neighbour>> nearest_tokens(const Tensor& embeddings, const Tensor& x, int keep) {
  constexpr Index together = 16;  // rows of x, whose products with a vocabulary of 50,000 are in memory at once
  const Index V = embeddings.shape()[0], C = embeddings.shape()[1], count = x.size() / C;
  const std::vector<double> tokens = lengths(embeddings.data(), V, C), own = lengths(x.data(), count, C);
  Tensor products(Shape{together, V});
  std::vector<Neighbour> all(static_cast<std::size_t>(V));
  std::vector<std::vector<Neighbour>> rows;
  for (Index r = 0; r < count; ++r) {
    if (r % together == 0)
      product({x.data() + r * C, std::min(together, count - r), C}, MatrixView(embeddings.data(), V, C).t(),
              products.data(), V, false, 1);
    for (Index v = 0; v < V; ++v) {
      const double both = own[static_cast<std::size_t>(r)] * tokens[static_cast<std::size_t>(v)];
      const auto inner = static_cast<double>(products[r % together * V + v]);
      all[static_cast<std::size_t>(v)] = {v, both > 0 ? std::clamp(inner / both, -1.0, 1.0) : 0};
    }
    const auto kept = std::min<std::ptrdiff_t>(keep, V);
    std::partial_sort(all.begin(), all.begin() + kept, all.end(), [](const Neighbour& a, const Neighbour& b) {
      return a.cosine > b.cosine || (a.cosine == b.cosine && a.token < b.token);
    });
    rows.emplace_back(all.begin(), all.begin() + kept);
  }
  return rows;
}

NullCosine null_cosine(const Tensor& embeddings, int draws, std::uint64_t seed) {
  Tensor directions(Shape{draws, embeddings.shape()[1]});
  Random random(seed, "null cosine");
  for (Real& x : directions.values()) x = static_cast<Real>(random.normal());
  double sum = 0, squares = 0;
  for (const auto& best : nearest_tokens(embeddings, directions, 1)) {
    sum += best[0].cosine;
    squares += best[0].cosine * best[0].cosine;
  }
  const double mean = sum / draws;
  return {mean, std::sqrt(std::max(0.0, squares / draws - mean * mean))};
}

}  // namespace GRADUS_REAL
}  // namespace gradus
