// Free embedding vectors: any vectors at all in the place of a text's token embeddings, the course's recipe.
#pragma once

#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API Embeddings final : public Parametrization {
 public:
  // N texts of T vectors for a model with this table (V, C) of token embeddings; values not set: start().
  Embeddings(const Parameter& table, Index N, Index T);

  Parameters parameters() override { return {&vectors}; }
  Var input(Tape& t) const override { return t.leaf(vectors); }
  void start(std::uint64_t seed) override;  // normal, with the standard deviation of the table's entries

  Parameter vectors;  // (N, T, C)

 private:
  const Parameter& table_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
