#include "maximize/searches/text_values.h"

#include <cmath>

#include "autograd/error.h"
#include "autograd/ops.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

const Parameter& table_of(const Model& model) {
  if (const Parameter* table = model.token_embeddings()) return *table;
  throw InputError("search: expected a model of texts, with a table of token embeddings");
}

}  // namespace

TextValues::TextValues(const Model& model, Objective objective, Index length, int threads)
    : model_(model), table_(table_of(model)), objective_(std::move(objective)), length_(length), tape_({}, threads) {
  const Index context = model.input_shape(1)[1];
  if (length < 1 || length > context)
    throw InputError("search: expected texts of 1 to " + std::to_string(context) +
                     " tokens, the model's context, got " + std::to_string(length));
  expect_fits(objective_, model, {1, length, table_.shape()[1]});
}

std::vector<double> TextValues::operator()(std::span<const Index> tokens) {
  const Index N = std::ssize(tokens) / length_;
  tape_.clear();
  const Var x = embedding(tape_.leaf(table_), {{N, length_}, {tokens.begin(), tokens.end()}});
  const Var values = objective_(model_, x);
  std::vector<double> found(values.value().values().begin(), values.value().values().end());
  for (const double value : found)
    if (!std::isfinite(value)) throw Error("search: " + objective_.str() + " is not finite for one of the texts");
  return found;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
