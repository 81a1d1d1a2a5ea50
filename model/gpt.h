// TinyGpt: GPT-2's architecture (Radford 2019): pre-norm blocks, learned positions, a head tied to the token
// embeddings.
//
//   tokens (B, T) -> wte + wpe, `embed` (B, T, C) -> h.0 ... h.(n_layer - 1), each `h.N.resid` -> ln_f (B, T, C)
//                 -> `logits` (B, T, V) = ln_f wte^T
//
// Parameters carry the names and layouts of Hugging Face's GPT-2 checkpoints, which therefore load as they are.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/files/safetensors.h"
#include "model/model.h"
#include "nn/modules.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct GptConfig {
  Index vocab_size = 65;
  Index block_size = 64;  // the longest text, in tokens
  int n_layer = 4;
  int n_head = 4;
  Index n_embd = 128;
  double dropout = 0;
  double eps = 1e-5;  // the layer norms'
};

// The sizes of the model in a weight file. The number of heads is in no shape: it comes from the metadata "n_head", which
// our files have, or from config.json beside the file, or it is n_head here. Throws InputError where all three are silent,
// where they contradict each other, and where the sizes are not those of a TinyGpt, or of one much larger than the file.
// Where the metadata are silent, config.json also gives the layer norms' eps, and all of it must fit (huggingface.h).
GRADUS_API GptConfig gpt_config(const SafetensorsFile& file, int n_head = 0);

// The keys and values of a text that grows, in every layer.
struct GRADUS_API GptCache {
  explicit GptCache(const GptConfig& config);
  std::vector<KeyValueCache> layers;
  Index length = 0;  // the text's, in tokens
};

class GRADUS_API TinyGpt final : public Model {
 public:
  explicit TinyGpt(const GptConfig& config);  // values not set: initialize(), or load_weights
  // Sizes and values from a weight file; throws InputError. n_head: see gpt_config.
  explicit TinyGpt(const SafetensorsFile& file, int n_head = 0);
  void initialize(std::uint64_t seed);  // GPT-2's

  Var operator()(Tape& tape, const IndexTensor& tokens,
                 Site at = Site::current()) const&;  // (B, T) -> logits (B, T, V)
  // The same for tokens (1, T) that continue the text in the cache, to which they are added. No gradient goes through
  // it, and the text may have block_size tokens in all: cropping shifts every position, so that nothing kept is right
  // then.
  Var operator()(Tape& tape, const IndexTensor& tokens, GptCache& cache, Site at = Site::current()) const&;
  // From token embeddings (B, T, C), to which positions are still added: the continuous input that can be maximized.
  Var operator()(Operand embeddings) const override;
  template <class T>
  Var operator()(T&, const IndexTensor&, Site = Site::current()) const&& {
    return detail::called_on_a_temporary<T>();
  }
  template <class... Arguments>
  Var operator()(Arguments&&...) const&& {
    return detail::called_on_a_temporary<Arguments...>();
  }
  Shape input_shape(Index n) const override { return {n, config_.block_size, config_.n_embd}; }
  const Parameter* token_embeddings() const override { return &wte.weight; }
  Parameters parameters() override;
  const GptConfig& config() const { return config_; }
  // metadata: what else the file should tell, such as its tokenizer.
  void save(const std::string& path, std::map<std::string, std::string> metadata = {});

 private:
  Var run(Operand embeddings, GptCache* cache) const;
  GptConfig config_;

 public:
  Embedding wte, wpe;
  std::deque<Block> h;
  LayerNorm ln_f;
};

struct Sampling {
  double temperature = 1;  // 0: always the likeliest token
  Index top_k = 0;         // only among so many of the likeliest; 0: among all
  std::uint64_t seed = 0;
};

// Continues the prompt by `count` tokens, one after another; the model sees at most its last block_size tokens. Up to
// there the text's keys and values are kept, and each token costs one row; then each costs a whole context. Throws
// Error where the logits are not finite.
GRADUS_API std::vector<Index> generate(const TinyGpt& gpt, std::vector<Index> prompt, int count,
                                       const Sampling& sampling, int threads = 0);

// The mean loss in nats per token over a whole text, in windows of the model's context side by side (text_windows).
GRADUS_API double mean_loss(const TinyGpt& gpt, std::span<const Index> text, int threads = 0);

}  // namespace GRADUS_REAL
}  // namespace gradus
