// What stands beside the weights in a model's folder of Hugging Face.
#pragma once

#include <optional>
#include <string>

#include "autograd/shape.h"

namespace gradus {

// "n_head" of the file config.json in the folder of a weight file; nothing where there is no such file. Throws InputError
// where there is one without a whole number of that name.
GRADUS_API std::optional<Index> heads_in_config(const std::string& weight_file);

}  // namespace gradus
