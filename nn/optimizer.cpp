#include "nn/optimizer.h"

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "autograd/error.h"
#include "autograd/kernels/eigen_view.h"
#include "autograd/kernels/functions.h"
#include "autograd/kernels/sums.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The sum of squares, in pieces that do not depend on the number of threads, added in order and in double.
double sum_of_squares(const Tensor& g, int threads) {
  constexpr Index piece = 16384;
  return sum_in_order(threads, (g.size() + piece - 1) / piece, [&](Index i) {
    const Real* from = g.data() + i * piece;
    const auto square = [from](Index j) { return static_cast<double>(from[j]) * static_cast<double>(from[j]); };
    return sum_of<double>(std::min(piece, g.size() - i * piece), square);
  });
}

// x -= lr g / mean |g|, for each of the rows; the means are summed in order and in double.
void normalized_step(Real* x, const Real* g, Index rows, Index size, double lr) {
  for (Index r = 0; r < rows; ++r, x += size, g += size) {
    const double sum = sum_of<double>(size, [g](Index j) { return std::abs(static_cast<double>(g[j])); });
    if (sum == 0) continue;
    const double rate = lr * static_cast<double>(size) / sum;
    for (Index j = 0; j < size; ++j) x[j] -= static_cast<Real>(rate * static_cast<double>(g[j]));
  }
}

}  // namespace

Optimizer::Optimizer(Sgd rule) : rule_(Rule::sgd), lr_(rule.lr), momentum_(rule.momentum), nesterov_(rule.nesterov) {}

Optimizer::Optimizer(Adam rule)
    : rule_(Rule::adam), lr_(rule.lr), beta1_(rule.beta1), beta2_(rule.beta2), eps_(rule.eps) {}

Optimizer::Optimizer(AdamW rule) : Optimizer(Adam{rule.lr, rule.beta1, rule.beta2, rule.eps}) {
  decay_ = rule.weight_decay;
}

Optimizer::Optimizer(NormalizedSgd rule) : rule_(Rule::normalized), lr_(rule.lr) {}

Optimizer&& Optimizer::clip(double max_norm) && {
  max_norm_ = max_norm;
  return std::move(*this);
}

Optimizer&& Optimizer::schedule(WarmupCosine schedule) && {
  schedule_ = schedule;
  return std::move(*this);
}

double Optimizer::learning_rate(int step) const {
  if (!schedule_) return lr_;
  const auto& [warmup, until, min_lr] = *schedule_;
  if (step < warmup) return lr_ * (step + 1) / (warmup + 1);
  if (step >= until) return min_lr;
  const double progress = static_cast<double>(step - warmup) / (until - warmup);
  return min_lr + 0.5 * (1 + std::cos(std::numbers::pi * progress)) * (lr_ - min_lr);
}

Parameters Optimizer::state(const Parameters& moving) {
  if (moving_.empty()) {
    moving_ = moving;
    for (const Parameter* p : moving) {
      if (rule_ == Rule::adam) {
        first_.emplace_back("adam.m." + p->name(), Tensor::zeros(p->shape()));
        second_.emplace_back("adam.v." + p->name(), Tensor::zeros(p->shape()));
      } else if (momentum_ != 0) {
        first_.emplace_back("sgd.momentum." + p->name(), Tensor::zeros(p->shape()));
      }
    }
  }
  if (moving_ != moving) throw Error("Optimizer: its state belongs to other parameters; use one optimizer a run");
  Parameters all;
  for (Parameter& p : first_) all.push_back(&p);
  for (Parameter& p : second_) all.push_back(&p);
  return all;
}

double gradient_norm(const Tape& tape) {
  double squares = 0;
  for (const Parameter* p : tape.moving())
    if (tape.has_grad(*p)) squares += sum_of_squares(tape.grad(*p), tape.threads());
  return std::sqrt(squares);
}

double Optimizer::step(const Tape& tape, int step) {
  const double norm = gradient_norm(tape);
  if (!std::isfinite(norm))
    throw Error("Optimizer: the gradient is not finite, its norm is " + std::to_string(norm) +
                "; Tape::check_finite(true) names the node that made it");
  this->step(tape, step, norm);
  return norm;
}

void Optimizer::step(const Tape& tape, int step, double norm) {
  const Parameters& moving = tape.moving();
  state(moving);
  const double scale = max_norm_ ? std::min(1.0, *max_norm_ / (norm + 1e-6)) : 1.0;  // 1e-6: as in PyTorch
  for (std::size_t i = 0; i < moving.size(); ++i)
    if (tape.has_grad(*moving[i])) update(*moving[i], tape.grad(*moving[i]), i, step, scale, tape.threads());
}

void Optimizer::update(Parameter& p, const Tensor& grad, std::size_t i, int step, double scale, int threads) {
  const double lr = learning_rate(step);
  const auto real = [](double x) { return static_cast<Real>(x); };
  Real* const values = p.mutable_value().data();
  Real* const first = i < first_.size() ? first_[i].mutable_value().data() : nullptr;
  Real* const second = i < second_.size() ? second_[i].mutable_value().data() : nullptr;
  if (rule_ == Rule::normalized) {
    const Index rows = p.shape().rank() == 0 ? 1 : p.shape()[0];
    return normalized_step(values, grad.data(), rows, rows > 0 ? grad.size() / rows : 0, lr);
  }
  const double keep = p.shape().rank() > 1 ? 1 - lr * decay_ : 1.0;
  const double correction1 = 1 - std::pow(beta1_, step + 1), correction2 = 1 - std::pow(beta2_, step + 1);

  if (rule_ == Rule::adam) {
    const Real b1 = real(beta1_), c1 = real((1 - beta1_) * scale), b2 = real(beta2_),
               c2 = real((1 - beta2_) * scale * scale);
    const Real kept = real(keep), rate = real(lr / correction1), corrected = real(1 / std::sqrt(correction2)),
               eps = real(eps_);
    return parallel_pieces(threads, grad.size(), [&](Index begin, Index n) {
      const Real* g = grad.data() + begin;
      Real *x = values + begin, *m = first + begin, *v = second + begin;
      map_vectors(
          n, m, false, [=](const Vector& M, const Vector& G) { return b1 * M + c1 * G; }, m, g);
      map_vectors(
          n, v, false, [=](const Vector& V, const Vector& G) { return b2 * V + c2 * (G * G); }, v, g);
      const auto moved = [=](const Vector& X, const Vector& M, const Vector& V) {
        return kept * X - rate * M / (sqrt(V) * corrected + eps);
      };
      map_vectors(n, x, false, moved, x, m, v);
    });
  }
  parallel_pieces(threads, grad.size(), [&](Index begin, Index n) {
    const ConstArrayMap g = array(grad.data() + begin, n);
    ArrayMap x = array(values + begin, n);
    if (momentum_ == 0) {
      x -= real(lr * scale) * g;
    } else {
      ArrayMap v = array(first + begin, n);
      v = real(momentum_) * v + real(scale) * g;
      if (nesterov_)
        x -= real(lr) * (real(scale) * g + real(momentum_) * v);
      else
        x -= real(lr) * v;
    }
  });
}

}  // namespace GRADUS_REAL
}  // namespace gradus
