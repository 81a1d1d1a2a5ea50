#include "model/files/huggingface.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "autograd/error.h"
#include "model/files/file.h"

namespace gradus {

std::optional<Index> heads_in_config(const std::string& weight_file) {
  const std::string path = (std::filesystem::path(weight_file).parent_path() / "config.json").string();
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  const auto json = nlohmann::json::parse(read_file(path), nullptr, false);
  if (!json.is_object()) throw InputError(printable(path, 4096) + ": expected a JSON object");
  const auto heads = json.find("n_head");
  if (heads == json.end() || !heads->is_number_integer())
    throw InputError(printable(path, 4096) + ": expected a whole number as its n_head, got " +
                     (heads == json.end() ? "none" : printable(heads->dump(-1, ' ', true), 60)));
  return heads->get<Index>();
}

}  // namespace gradus
