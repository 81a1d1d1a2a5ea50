#include "maximize/parametrizations/embeddings.h"

#include <cmath>

#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {

Embeddings::Embeddings(const Parameter& table, Index N, Index T)
    : vectors("embeddings", Shape{N, T, table.shape()[1]}), table_(table) {}

void Embeddings::start(std::uint64_t seed) {
  double sum = 0, squares = 0;
  for (const Real x : table_.value().values()) {
    sum += static_cast<double>(x);
    squares += static_cast<double>(x) * static_cast<double>(x);
  }
  const double n = static_cast<double>(table_.value().size());
  const double deviation = std::sqrt(squares / n - (sum / n) * (sum / n));
  Random random(seed, "random embeddings");
  for (Real& x : vectors.mutable_value().values()) x = static_cast<Real>(deviation * random.normal());
}

}  // namespace GRADUS_REAL
}  // namespace gradus
