#include "model/open.h"

#include <filesystem>

#include "autograd/error.h"
#include "model/files/huggingface.h"

namespace gradus {
inline namespace GRADUS_REAL {

ModelKind model_in(const SafetensorsFile& file) {
  const SafetensorsHeader& header = file.header();
  if (header.find("conv1.weight")) return ModelKind::cnn;
  if (header.find("wte.weight") || header.find("transformer.wte.weight")) return ModelKind::gpt;
  return ModelKind::none;
}

void expect_model(const SafetensorsFile& file, ModelKind kind) {
  const ModelKind found = model_in(file);
  if (found == ModelKind::none)
    file.fail("expected the weights of a TinyCnn (with conv1.weight) or of a TinyGpt (with wte.weight), found neither");
  if (kind != ModelKind::none && found != kind)
    file.fail(kind == ModelKind::cnn ? "expected the weights of a TinyCnn, found a TinyGpt's"
                                     : "expected the weights of a TinyGpt, found a TinyCnn's");
}

Parameters OpenedModel::parameters() const {
  return cnn ? cnn->parameters() : gpt ? gpt->parameters() : Parameters{};
}

OpenedModel open_model(const SafetensorsFile& file, int n_head) {
  expect_model(file);
  OpenedModel model;
  if (model_in(file) == ModelKind::cnn)
    model.cnn = std::make_unique<TinyCnn>(file);
  else
    model.gpt = std::make_unique<TinyGpt>(file, n_head);
  return model;
}

std::shared_ptr<const Tokenizer> tokenizer_of(const SafetensorsFile& file, const TinyGpt& gpt) {
  std::shared_ptr<const Tokenizer> tokenizer = tokenizer_of(file, gpt.config().vocab_size);
  if (tokenizer->size() != gpt.config().vocab_size)
    file.fail("expected a vocabulary of " + std::to_string(gpt.config().vocab_size) +
              " tokens, as wte.weight has rows, got " + std::to_string(tokenizer->size()));
  return tokenizer;
}

void save_gpt2(TinyGpt& gpt, const std::string& folder, const BytePairs* tokenizer) {
  const auto in = [&](const char* name) { return (std::filesystem::path(folder) / name).string(); };
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(printable(folder, 4096) + ": cannot be made: " + error.message());
  const GptConfig& c = gpt.config();
  gpt.save(in("model.safetensors"));
  write_gpt2_config(in("config.json"), {.n_head = c.n_head,
                                        .vocab_size = c.vocab_size,
                                        .n_positions = c.block_size,
                                        .n_embd = c.n_embd,
                                        .n_layer = c.n_layer,
                                        .layer_norm_epsilon = c.eps});
  if (tokenizer) tokenizer->save(in("vocab.json"), in("merges.txt"));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
