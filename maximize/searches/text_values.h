// The value of an objective for texts of tokens: what every search over texts asks, and what the enumeration of all of
// them asks. A text's value is the same, bit for bit, whatever stands beside it in the batch.
#pragma once

#include <span>
#include <vector>

#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API TextValues {
 public:
  // Throws InputError where the model has no table of token embeddings, where `length` tokens do not fit into its context,
  // and where the objective does not fit such a text. The model must outlive this.
  TextValues(const Model& model, Objective objective, Index length, int threads = 0);

  Index vocabulary() const { return table_.shape()[0]; }
  Index length() const { return length_; }
  const Objective& objective() const { return objective_; }

  // N texts of `length` tokens, one after another -> N values. Throws Error where a value is not finite.
  std::vector<double> operator()(std::span<const Index> tokens);

 private:
  const Model& model_;
  const Parameter& table_;
  Objective objective_;
  Index length_;
  Tape tape_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
