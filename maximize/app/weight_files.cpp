#include "maximize/app/weight_files.h"

namespace gradus::app {

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
