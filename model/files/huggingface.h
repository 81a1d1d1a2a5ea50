// GPT-2 as Hugging Face keeps it: a folder with config.json, model.safetensors, vocab.json and merges.txt.
#pragma once

#include <optional>
#include <string>

#include "autograd/shape.h"

namespace gradus {

// What config.json tells of a GPT-2. Its sizes are in the tensors' shapes as well, and must agree with them.
struct Gpt2Json {
  Index n_head = 0;
  std::optional<Index> vocab_size, n_positions, n_embd, n_layer;
  double layer_norm_epsilon = 1e-5;
};

// The file config.json in the folder of a weight file; nothing where there is none. Throws InputError where its n_head is
// no whole number, and where it asks for what TinyGpt is not, by the key's name: another model_type, an
// activation_function other than gelu_new (GELU by tanh), an n_inner other than 4 n_embd, scores that are not scaled or
// scaled by the layer too, cross-attention, sizes that are no whole numbers.
GRADUS_API std::optional<Gpt2Json> gpt2_config_beside(const std::string& weight_file);

// `path` itself, or where it is a folder the model.safetensors in it. Throws InputError, which says what the folder has
// instead: weights in several pieces, or a pickle.
GRADUS_API std::string weight_file(const std::string& path);

// The path of a file in the folder of a weight file; "" where it is not there.
GRADUS_API std::string beside(const std::string& weight_file, const std::string& name);

// Writes config.json as transformers read it: all sizes must be there. Throws Error.
GRADUS_API void write_gpt2_config(const std::string& path, const Gpt2Json& config);

}  // namespace gradus
