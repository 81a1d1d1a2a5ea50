// Optimizers: how a step is made from a gradient. Formulas and defaults are PyTorch's.
#pragma once

#include <deque>
#include <optional>
#include <string_view>

#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

// v = momentum v + g (the first v is g);  p -= lr v, or with Nesterov  p -= lr (g + momentum v).
struct Sgd {
  double lr;
  double momentum = 0;
  bool nesterov = false;
};

//   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2,   p -= lr m^ / (sqrt(v^) + eps)
// where m^ = m / (1 - beta1^t) and v^ = v / (1 - beta2^t) correct for the start at zero (Kingma and Ba 2015,
// algorithm 1).
struct Adam {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
};

// Adam with decoupled decay: p *= 1 - lr decay before each step (Loshchilov and Hutter 2019). Parameters with one axis,
// biases and norms, do not decay.
struct AdamW {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.01;
};

// p -= lr g / mean |g|, the mean over each entry of p's first axis, so that no image of a batch depends on another; where g
// is 0 nothing moves. For ascents whose gradients are small or grow by orders (Mordvintsev et al. 2015, "DeepDream").
struct NormalizedSgd {
  double lr;
};

// The learning rate over the steps, as in nanoGPT: it rises linearly over `warmup` steps, then falls along half a
// cosine to `min_lr` at step `until`, and stays there.
struct WarmupCosine {
  int warmup;
  int until;
  double min_lr;
};

// The norm of all gradients of the tape's moving parameters together.
GRADUS_API double gradient_norm(const Tape& tape);

// One of the above, its options, and its state, which belongs to one list of parameters.
class GRADUS_API Optimizer {
 public:
  Optimizer(Sgd rule);
  Optimizer(Adam rule);
  Optimizer(AdamW rule);
  Optimizer(NormalizedSgd rule);

  // Gradients are scaled down so that their norm over all parameters together is at most max_norm.
  Optimizer&& clip(double max_norm) &&;
  Optimizer&& schedule(WarmupCosine schedule) &&;

  // One step for every moving parameter of the tape that a gradient has reached. `step` counts from 0. Returns the norm
  // of all gradients before clipping. Throws Error, and changes nothing, where that norm is not finite, and where the
  // state belongs to other parameters.
  double step(const Tape& tape, int step);

  double learning_rate(int step) const;

  // The state, named after the parameters ("adam.m.h.0.ln_1.weight"), to be saved and loaded with them; made by the
  // first step, or here, zero, for the given parameters.
  Parameters state(const Parameters& moving);

 private:
  enum class Rule { sgd, adam, normalized };
  friend class Descent;
  void step(const Tape& tape, int step, double norm);  // with gradient_norm(tape), which is finite
  void update(Parameter& p, const Tensor& grad, std::size_t i, int step, double scale, int threads);

  Rule rule_;
  double lr_;
  double momentum_ = 0;
  bool nesterov_ = false;
  double beta1_ = 0, beta2_ = 0, eps_ = 0, decay_ = 0;
  std::optional<double> max_norm_;
  std::optional<WarmupCosine> schedule_;
  Parameters moving_;
  std::deque<Parameter> first_, second_;  // momentum or m; v. In the order of moving_
};

}  // namespace GRADUS_REAL
}  // namespace gradus
