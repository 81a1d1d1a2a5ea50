// Raising an objective by its gradient, with all that an honest report of it needs: the value of every term at every
// step, snapshots of the input on its way, and the proof that the weights had no gradient.
#pragma once

#include <variant>

#include "maximize/maximize.h"
#include "nn/optimizer.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Gradient ascent on what moves in a parametrization. A step costs 2 for each start, one look at the end costs 1.
class GRADUS_API GradientSearch final : public Search {
 public:
  struct How {
    int steps = 300;  // at most; fewer where the budget ends before
    std::variant<Adam, AdamW, Sgd, NormalizedSgd> optimizer = Adam{0.05};  // each run begins with a fresh one
    // How many random starts are tried, at a cost of 1 each, until one is not dead: a ReLU unit that is 0 has no
    // gradient. 1: the first one is taken as it is. 0: from where the parametrization stands.
    int draws = 1;
    int snapshots = 24;
    std::uint64_t seed = 0;
    int threads = 0;
    const Transform* transform = nullptr;  // null for none
  };
  GradientSearch(Parametrization& input, How how) : input_(input), how_(how) {}

  // With a transform the curves tell the values of the transformed input, but for the last one, which is the input's
  // own. Throws Error where the objective is dead on all starts, InputError where the budget does not pay for a look.
  Record run(const Model& model, const Objective& objective, std::int64_t budget, OnMoment watch) override;

 private:
  void draw_start(const Model& model, const Objective& objective, Record& record);
  Parametrization& input_;
  How how_;
};

// Over embeddings, by the course's recipe: random vectors with the standard deviation of the embeddings' entries,
// -activation + lambda |x|^2, Adam.
struct EmbeddingSearch {
  int steps = 500;
  double lr = 0.01;
  double lambda = 0.001;
  Index vectors = 5;
  int snapshots = 24;
  std::uint64_t seed = 0;
  int threads = 0;
};
GRADUS_API Record maximize_embeddings(const Model& model, const Objective& raised, const EmbeddingSearch& how,
                                      OnMoment watch);

}  // namespace GRADUS_REAL
}  // namespace gradus
