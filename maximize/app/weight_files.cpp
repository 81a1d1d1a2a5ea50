#include "maximize/app/weight_files.h"

#include <algorithm>
#include <cmath>

namespace gradus::app {

const Parameter* first_not_finite(const Parameters& parameters) {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [](const Parameter* p) {
    const auto values = p->value().values();
    return !std::all_of(values.begin(), values.end(), [](Real x) { return std::isfinite(x); });
  });
  return found == parameters.end() ? nullptr : *found;
}

void expect_finite(const SafetensorsFile& file, const Parameters& weights) {
  if (const Parameter* bad = first_not_finite(weights)) file.fail(bad->name(), "has values that are not finite");
}

void expect_unit(const TinyCnn& cnn, const Unit& unit) {
  Tape t({}, 1);
  const Index side = cnn.config().side;
  unit_values(run_to(cnn, t.constant(Tensor::zeros({1, 1, side, side})), unit.address), unit);
}

void expect_unit(const TinyGpt& gpt, const Unit& unit) {
  Tape t({}, 1);
  const auto run = [&](Var x) { return gpt.from_embeddings(x); };
  unit_values(run_to(run, t.constant(Tensor::zeros({1, 1, gpt.config().n_embd})), unit.address), unit);
}

}  // namespace gradus::app
