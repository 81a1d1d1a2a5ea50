// Checkpoint: all that a training run needs to go on exactly as if it had never stopped: the parameters, the
// optimizer's state, the number of the next step, and the settings, which must be the same when it is resumed.
// Everything random depends on (seed, step), so there is nothing else to keep. A checkpoint is a safetensors file.
#pragma once

#include <string>

#include "autograd/parameter.h"
#include "model/files/safetensors.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Whether a file is one. Its weights load like those of any other file, but it holds the optimizer's state beside them.
GRADUS_API bool is_checkpoint(const SafetensorsFile& file);

// parameters: the model's and the optimizer's (Optimizer::state).
GRADUS_API void save_checkpoint(const std::string& path, const Parameters& parameters, int next_step,
                                const std::string& settings);

// Fills the parameters and returns the number of the next step. Throws InputError, before anything changes, where the
// file is not a checkpoint of a run with these settings.
GRADUS_API int load_checkpoint(const std::string& path, const Parameters& parameters, const std::string& settings);

}  // namespace GRADUS_REAL
}  // namespace gradus
