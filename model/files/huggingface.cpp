#include "model/files/huggingface.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "autograd/error.h"
#include "model/files/file.h"

namespace gradus {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// config.json, whose errors name it.
struct Config {
  std::string path;
  Json json;

  [[noreturn]] void fail(const std::string& reason) const { throw InputError(printable(path, 4096) + ": " + reason); }

  // The value of a key; null where it is not there or null, as Python writes None.
  const Json* find(const char* key) const {
    const auto at = json.find(key);
    return at == json.end() || at->is_null() ? nullptr : &*at;
  }
  static std::string shown(const Json* value) { return value ? printable(value->dump(-1, ' ', true), 60) : "none"; }

  std::optional<Index> whole(const char* key) const {
    const Json* value = find(key);
    if (!value) return {};
    if (!value->is_number_integer())
      fail(std::string("expected a whole number as its ") + key + ", got " + shown(value));
    return value->get<Index>();
  }
  // Refuses every value but these, of which the first is the default.
  void expect(const char* key, const std::vector<Json>& known, const char* why) const {
    const Json* value = find(key);
    if (!value || std::find(known.begin(), known.end(), *value) != known.end()) return;
    fail(std::string(key) + ": expected " + known[0].dump() + " (" + why + "), got " + shown(value));
  }
};

}  // namespace

std::optional<Gpt2Json> gpt2_config_beside(const std::string& weight_file) {
  Config c{beside(weight_file, "config.json"), {}};
  if (c.path.empty()) return std::nullopt;
  c.json = Json::parse(read_file(c.path), nullptr, false);
  if (!c.json.is_object()) c.fail("expected a JSON object");
  c.expect("model_type", {"gpt2"}, "no other architecture is implemented");
  const std::optional<Index> heads = c.whole("n_head");
  if (!heads) c.fail("expected a whole number as its n_head, got none");
  Gpt2Json config{.n_head = *heads,
                  .vocab_size = c.whole("vocab_size"),
                  .n_positions = c.whole("n_positions"),
                  .n_embd = c.whole("n_embd"),
                  .n_layer = c.whole("n_layer")};
  c.expect("activation_function", {"gelu_new", "gelu_pytorch_tanh"}, "GELU by tanh is the only one implemented");
  if (config.n_embd && c.find("n_inner")) c.expect("n_inner", {4 * *config.n_embd}, "4 n_embd");
  c.expect("scale_attn_weights", {true}, "scores are always divided by the root of a head's width");
  c.expect("scale_attn_by_inverse_layer_idx", {false}, "not implemented");
  c.expect("add_cross_attention", {false}, "not implemented");
  if (const Json* eps = c.find("layer_norm_epsilon")) {
    if (!eps->is_number() || !(eps->get<double>() > 0) || !(eps->get<double>() < 1))
      c.fail("layer_norm_epsilon: expected a number above 0 and below 1, got " + Config::shown(eps));
    config.layer_norm_epsilon = eps->get<double>();
  }
  return config;
}

std::string weight_file(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return path;
  const auto has = [&](const char* name) { return fs::exists(fs::path(path) / name, error); };
  if (has("model.safetensors")) return (fs::path(path) / "model.safetensors").string();
  throw InputError(printable(path, 4096) + ": expected model.safetensors in this folder, found " +
                   (has("model.safetensors.index.json") ? "weights in several pieces (model.safetensors.index.json)"
                    : has("pytorch_model.bin")
                        ? "pytorch_model.bin, a pickle, which is not read: save it with safetensors"
                        : "none"));
}

std::string beside(const std::string& weight_file, const std::string& name) {
  const fs::path path = fs::path(weight_file).parent_path() / name;
  std::error_code error;
  return fs::exists(path, error) ? path.string() : "";
}

void write_gpt2_config(const std::string& path, const Gpt2Json& c) {
  const Json json = {{"model_type", "gpt2"},
                     {"architectures", {"GPT2LMHeadModel"}},
                     {"activation_function", "gelu_new"},
                     {"vocab_size", c.vocab_size.value()},
                     {"n_positions", c.n_positions.value()},
                     {"n_ctx", c.n_positions.value()},
                     {"n_embd", c.n_embd.value()},
                     {"n_layer", c.n_layer.value()},
                     {"n_head", c.n_head},
                     {"layer_norm_epsilon", c.layer_norm_epsilon}};
  write_file_atomically(path, json.dump(2) + "\n");
}

}  // namespace gradus
