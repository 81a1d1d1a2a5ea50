#include "maximize/observation/decode.h"

#include <algorithm>
#include <cmath>

#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

double inner(const Real* a, const Real* b, Index n) {
  double sum = 0;
  for (Index i = 0; i < n; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

double cosine(const Real* a, const Real* b, Index n) {
  const double lengths = std::sqrt(inner(a, a, n) * inner(b, b, n));
  return lengths > 0 ? inner(a, b, n) / lengths : 0;
}

}  // namespace

std::vector<std::vector<Neighbour>> nearest_tokens(const Tensor& embeddings, const Tensor& x, int keep) {
  const Index V = embeddings.shape()[0], C = embeddings.shape()[1];
  std::vector<std::vector<Neighbour>> rows;
  for (Index r = 0; r < x.size() / C; ++r) {
    std::vector<Neighbour> all;
    for (Index v = 0; v < V; ++v) all.push_back({v, cosine(x.data() + r * C, embeddings.data() + v * C, C)});
    const auto kept = std::min<std::ptrdiff_t>(keep, V);
    std::partial_sort(all.begin(), all.begin() + kept, all.end(), [](const Neighbour& a, const Neighbour& b) {
      return a.cosine > b.cosine || (a.cosine == b.cosine && a.token < b.token);
    });
    all.resize(kept);
    rows.push_back(std::move(all));
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
