#include "model/files/checkpoint.h"

#include <charconv>

#include "model/files/weights.h"

namespace gradus {
inline namespace GRADUS_REAL {

void save_checkpoint(const std::string& path, const Parameters& parameters, int next_step,
                     const std::string& settings) {
  save_weights(path, parameters, {{"next_step", std::to_string(next_step)}, {"settings", settings}});
}

bool is_checkpoint(const SafetensorsFile& file) {
  const auto& metadata = file.header().metadata;
  return metadata.contains("next_step") && metadata.contains("settings");
}

int load_checkpoint(const std::string& path, const Parameters& parameters, const std::string& settings) {
  const SafetensorsFile file(path);
  const auto& metadata = file.header().metadata;
  const auto step = metadata.find("next_step"), kept = metadata.find("settings");
  int next_step = -1;
  if (step != metadata.end())
    std::from_chars(step->second.data(), step->second.data() + step->second.size(), next_step);
  if (next_step < 0 || kept == metadata.end()) file.fail("not a checkpoint: it has no step number or no settings");
  if (kept->second != settings)
    file.fail("the checkpoint is of a run with other settings: expected " + settings + ", got " +
              printable(kept->second, 400));
  load_weights(file, parameters);
  return next_step;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
