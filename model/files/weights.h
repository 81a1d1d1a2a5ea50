// Weights between files and parameters. The format is explained in safetensors.h.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/parameter.h"
#include "model/files/safetensors.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct LoadOptions {
  std::string prefix = "";                          // a name in the file may carry it: "transformer."
  bool (*ignore)(std::string_view name) = nullptr;  // tensors to pass over, by their names without the prefix
  bool allow_unexpected = false;                    // whether to pass over every other tensor without a parameter, too
  // A tensor in the file (.first) that must be the same, bit for bit, as that of a parameter (.second); passed over
  // after that. It need not be there.
  std::vector<std::pair<std::string, std::string>> tied = {};
};

// Options for GPT-2 in the Hugging Face layout: the prefix "transformer.", the causal masks h.N.attn.bias and
// h.N.attn.masked_bias, which are constants and not weights, and lm_head.weight, which is wte.weight.
GRADUS_API LoadOptions gpt2_layout();

// Gives every parameter the values that the file has under its name: F32, F64, F16 or BF16, converted to Real by
// rounding to the nearest. Before the first parameter changes all is checked: the file (safetensors.h), that each
// parameter is in it, its shape and dtype, and that no other tensor is. Throws InputError naming file and tensor,
// expected and got; then no parameter has changed, unless the disk itself failed half way.
GRADUS_API void load_weights(const std::string& path, const Parameters& parameters, const LoadOptions& options = {});
GRADUS_API void load_weights(const SafetensorsFile& file, const Parameters& parameters,
                             const LoadOptions& options = {});

// Throws InputError where a model of so many tensors and values is much larger than the file: before memory is asked for
// that the file has no use for.
GRADUS_API void expect_size(const SafetensorsFile& file, double tensors, double values);

// Writes the parameters, as F32 in the float library and F64 in the double one, in their order: the same values make
// the same bytes. PyTorch loads the file by safetensors.torch.load_file; metadata gets "format": "pt", without which
// Hugging Face's transformers refuse it. The file appears whole or not at all (file.h). Throws Error.
GRADUS_API void save_weights(const std::string& path, const Parameters& parameters,
                             std::map<std::string, std::string> metadata = {});

// One tensor, of the same dtypes. Throws InputError.
GRADUS_API Tensor read_tensor(const SafetensorsFile& file, std::string_view name);

// A tensor as write_safetensors takes it, for files that hold other things beside parameters.
GRADUS_API SafetensorsTensor to_write(std::string name, const Tensor& t);

}  // namespace GRADUS_REAL
}  // namespace gradus
