// Opening a weight file without knowing beforehand which model is in it.
#pragma once

#include <memory>

#include "model/cnn.h"
#include "model/data/load_text.h"
#include "model/gpt.h"
#include "model/text/byte_pairs.h"

namespace gradus {
inline namespace GRADUS_REAL {

enum class ModelKind { none, cnn, gpt };

// By the names of the tensors in the file.
GRADUS_API ModelKind model_in(const SafetensorsFile& file);

// Throws InputError unless the file holds a model of this kind; with `none`, unless it holds any that is known.
GRADUS_API void expect_model(const SafetensorsFile& file, ModelKind kind = ModelKind::none);

// The model of a file: one of the two is there.
struct GRADUS_API OpenedModel {
  std::unique_ptr<TinyCnn> cnn;
  std::unique_ptr<TinyGpt> gpt;
  ModelKind kind() const { return cnn ? ModelKind::cnn : gpt ? ModelKind::gpt : ModelKind::none; }
  Parameters parameters() const;
};

// Throws InputError where the file holds no model that is known, or one that does not fit its own sizes. n_head: see
// gpt_config (gpt.h).
GRADUS_API OpenedModel open_model(const SafetensorsFile& file, int n_head = 0);

// The tokenizer that the file names. Throws InputError where it names none, or one of another size than the model's.
GRADUS_API std::shared_ptr<const Tokenizer> tokenizer_of(const SafetensorsFile& file, const TinyGpt& gpt);

// Writes a folder as Hugging Face keeps GPT-2, which other tools load: config.json and model.safetensors, and where a
// tokenizer is given vocab.json and merges.txt. The folder is made; files of these names in it are replaced. Throws Error.
GRADUS_API void save_gpt2(TinyGpt& gpt, const std::string& folder, const BytePairs* tokenizer = nullptr);

}  // namespace GRADUS_REAL
}  // namespace gradus
