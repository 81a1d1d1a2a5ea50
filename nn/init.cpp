#include "nn/init.h"

#include <cmath>

#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

void init_within_fan_in(Parameter& weight, Parameter& bias, std::uint64_t seed) {
  const double bound = 1 / std::sqrt(static_cast<double>(weight.shape().inner(0)));
  fill_uniform(weight, -bound, bound, seed);
  fill_uniform(bias, -bound, bound, seed);
}

}  // namespace

void fill_uniform(Parameter& p, double low, double high, std::uint64_t seed) {
  Random random(seed, p.name());
  for (Real& x : p.mutable_value().values()) x = static_cast<Real>(random.uniform(low, high));
}

void fill_normal(Parameter& p, double mean, double standard_deviation, std::uint64_t seed) {
  Random random(seed, p.name());
  for (Real& x : p.mutable_value().values()) x = static_cast<Real>(mean + standard_deviation * random.normal());
}

void init_pytorch(Linear& module, std::uint64_t seed) {
  init_within_fan_in(module.weight, module.bias, seed);
}

void init_pytorch(Conv2d& module, std::uint64_t seed) {
  init_within_fan_in(module.weight, module.bias, seed);
}

void init_pytorch(LayerNorm& module) {
  module.weight.mutable_value().fill(1);
  module.bias.mutable_value().fill(0);
}

void init_pytorch(Embedding& module, std::uint64_t seed) {
  fill_normal(module.weight, 0, 1, seed);
}

void init_gpt2(const Parameters& parameters, int n_layer, std::uint64_t seed) {
  for (Parameter* p : parameters) {
    const std::string& name = p->name();
    if (name.ends_with(".bias"))
      p->mutable_value().fill(0);
    else if (p->shape().rank() == 1)
      p->mutable_value().fill(1);
    else
      fill_normal(*p, 0, name.ends_with("c_proj.weight") ? 0.02 / std::sqrt(2.0 * n_layer) : 0.02, seed);
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
