// Initial values. Each parameter draws from a stream named after it, so its values depend on (seed, name) alone and not
// on what else is initialized, or in which order.
#pragma once

#include "nn/modules.h"

namespace gradus {
inline namespace GRADUS_REAL {

GRADUS_API void fill_uniform(Parameter& p, double low, double high, std::uint64_t seed);
GRADUS_API void fill_normal(Parameter& p, double mean, double standard_deviation, std::uint64_t seed);

// PyTorch's defaults. Linear and Conv2d: weight and bias uniform within 1 / sqrt(fan_in), which is what
// kaiming_uniform_(a = sqrt(5)) comes to. LayerNorm: weight 1, bias 0. Embedding: normal(0, 1).
GRADUS_API void init_pytorch(Linear& module, std::uint64_t seed);  // weight (out, in)
GRADUS_API void init_pytorch(Conv2d& module, std::uint64_t seed);
GRADUS_API void init_pytorch(LayerNorm& module);
GRADUS_API void init_pytorch(Embedding& module, std::uint64_t seed);

// GPT-2's (Radford 2019, section 2.3): weights normal(0, 0.02), those of the projections back into the residual stream
// (c_proj) scaled by 1 / sqrt(2 n_layer); biases 0; layer-norm weights 1. Parameters are told apart by their names.
GRADUS_API void init_gpt2(const Parameters& parameters, int n_layer, std::uint64_t seed);

}  // namespace GRADUS_REAL
}  // namespace gradus
