#include "maximize/app/weight_files.h"

#include <algorithm>
#include <cmath>

#include "model/files/huggingface.h"

namespace gradus::app {

std::vector<std::string> files_of(const std::string& weights) {
  std::vector<std::string> files = {weights};
  for (const char* name : {"config.json", "vocab.json", "merges.txt"}) files.push_back(beside(weights, name));
  return files;
}

const Parameter* first_not_finite(const Parameters& parameters) {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [](const Parameter* p) {
    const auto values = p->value().values();
    return !std::all_of(values.begin(), values.end(), [](Real x) { return std::isfinite(x); });
  });
  return found == parameters.end() ? nullptr : *found;
}

void expect_finite(const SafetensorsFile& file, const Parameters& weights) {
  if (const Parameter* bad = first_not_finite(weights)) file.fail(bad->name(), "has values that are not finite");
}

}  // namespace gradus::app
