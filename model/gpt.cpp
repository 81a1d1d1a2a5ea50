#include "model/gpt.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include "autograd/error.h"
#include "autograd/random.h"
#include "model/files/checkpoint.h"
#include "model/files/huggingface.h"
#include "model/files/weights.h"
#include "model/text/windows.h"
#include "nn/init.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The number of heads and eps, as told by whoever tells it. `c` has the sizes that are in the shapes.
void complete(GptConfig& c, const SafetensorsFile& file, Index asked) {
  const auto& metadata = file.header().metadata;
  const auto read = [&](const char* key, auto& to, const char* what) {
    const auto kept = metadata.find(key);
    if (kept == metadata.end()) return false;
    const char *begin = kept->second.data(), *end = begin + kept->second.size();
    const auto [stopped, error] = std::from_chars(begin, end, to);
    if (error != std::errc() || stopped != end)
      file.fail(std::string("metadata ") + key + ": expected " + what + ", got '" + printable(kept->second, 20) + "'");
    return true;
  };
  Index heads = 0;
  const bool kept = read("n_head", heads, "a whole number");
  read("layer_norm_epsilon", c.eps, "a number");
  const std::optional<Gpt2Json> json = kept ? std::nullopt : gpt2_config_beside(file.path());
  if (json) heads = json->n_head, c.eps = json->layer_norm_epsilon;
  if (!kept && !json && asked == 0)
    file.fail(
        "does not tell its number of attention heads, which is in no shape: give it (--heads), or put the model's "
        "config.json beside it");
  if ((kept || json) && asked != 0 && heads != asked)
    file.fail(std::string(kept ? "its metadata" : "config.json beside it") + " tells of " + std::to_string(heads) +
              " attention heads, not of " + std::to_string(asked));
  if (!kept && !json) heads = asked;
  if (heads < 1 || c.n_embd % heads != 0)
    file.fail("n_head: expected a divisor of the width " + std::to_string(c.n_embd) + ", got " + std::to_string(heads));
  c.n_head = static_cast<int>(heads);
  if (!json) return;
  const auto agree = [&](const char* key, const std::optional<Index>& told, Index found, const char* where) {
    if (told && *told != found)
      file.fail(std::string("config.json beside it tells of ") + key + " " + std::to_string(*told) + ", but " + where +
                " " + std::to_string(found));
  };
  agree("n_embd", json->n_embd, c.n_embd, "the width of wte.weight is");
  agree("vocab_size", json->vocab_size, c.vocab_size, "the rows of wte.weight are");
  agree("n_positions", json->n_positions, c.block_size, "the rows of wpe.weight are");
  agree("n_layer", json->n_layer, c.n_layer, "the layers in the file are");
}

// So many digits that reading gives the same number.
std::string shortest(double x) {
  std::array<char, 32> digits;
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), x).ptr};
}

Index sample(std::span<const Real> logits, const Sampling& how, Random random) {
  std::vector<Index> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const Index kept =
      how.top_k > 0 ? std::min<Index>(how.top_k, static_cast<Index>(order.size())) : static_cast<Index>(order.size());
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), [&](Index a, Index b) {
    const Real x = logits[a], y = logits[b];
    return x > y || (x == y && a < b);
  });
  if (how.temperature <= 0) return order.front();
  // The arg max of logits / temperature + Gumbel noise is a sample of their softmax.
  Index best = order.front();
  double highest = -1e300;
  for (Index i = 0; i < kept; ++i) {
    const Index token = order[i];
    const double score = static_cast<double>(logits[token]) / how.temperature + random.gumbel();
    if (score > highest) highest = score, best = token;
  }
  return best;
}

}  // namespace

GptConfig gpt_config(const SafetensorsFile& file, int n_head) {
  const SafetensorsHeader& header = file.header();
  const std::string prefix = header.find("transformer.wte.weight") ? "transformer." : "";
  const auto table = [&](const char* name) {
    const Shape& s = file.entry(prefix + name).shape;
    if (s.rank() != 2 || s.size() == 0) file.fail(prefix + name, "expected two axes for a TinyGpt, got " + s.str());
    return s;
  };
  GptConfig c;
  c.vocab_size = table("wte.weight")[0];
  c.n_embd = table("wte.weight")[1];
  c.block_size = table("wpe.weight")[0];
  c.n_layer = 0;
  while (header.find(prefix + "h." + std::to_string(c.n_layer) + ".ln_1.weight")) ++c.n_layer;
  complete(c, file, n_head);
  // A block has 12 parameters: 12 C^2 weights, and 13 C values of biases and layer norms.
  const double C = static_cast<double>(c.n_embd), tables = static_cast<double>(c.vocab_size + c.block_size) * C;
  expect_size(file, 12.0 * c.n_layer + 4, c.n_layer * (12 * C + 13) * C + tables + 2 * C);
  return c;
}

GptCache::GptCache(const GptConfig& c) : layers(c.n_layer, KeyValueCache({1, c.block_size, c.n_embd})) {}

TinyGpt::TinyGpt(const GptConfig& config)
    : config_(config),
      wte("wte", config.vocab_size, config.n_embd),
      wpe("wpe", config.block_size, config.n_embd),
      ln_f("ln_f", config.n_embd, config.eps) {
  for (int i = 0; i < config.n_layer; ++i)
    h.emplace_back(Name(("h." + std::to_string(i)).c_str()), config.n_embd, config.n_head, config.dropout, config.eps);
}

TinyGpt::TinyGpt(const SafetensorsFile& file, int n_head) : TinyGpt(gpt_config(file, n_head)) {
  LoadOptions options = gpt2_layout();
  options.allow_unexpected = is_checkpoint(file);
  load_weights(file, parameters(), options);
}

void TinyGpt::initialize(std::uint64_t seed) {
  init_gpt2(parameters(), config_.n_layer, seed);
}

Var TinyGpt::operator()(Tape& tape, const IndexTensor& tokens, Site at) const& {
  const Scope scope(tape, "", at);
  if (tokens.shape.rank() != 2)
    throw Error("TinyGpt: expected tokens (B, T), got " + tokens.shape.str() + tape.where(at));
  return run({wte(tape, tokens), at}, nullptr);
}

Var TinyGpt::operator()(Tape& tape, const IndexTensor& tokens, GptCache& cache, Site at) const& {
  const Scope scope(tape, "", at);
  if (tokens.shape.rank() != 2 || tokens.shape[0] != 1 || cache.layers.size() != h.size())
    throw Error("TinyGpt: expected tokens (1, T) and a cache of " + std::to_string(h.size()) + " layers, got " +
                tokens.shape.str() + " and " + std::to_string(cache.layers.size()) + tape.where(at));
  const Var logits = run({wte(tape, tokens), at}, &cache);
  cache.length += tokens.shape[1];
  return logits;
}

Var TinyGpt::operator()(Operand embeddings) const {
  return run(embeddings, nullptr);
}

Var TinyGpt::run(Operand embeddings, GptCache* cache) const {
  Tape& t = embeddings.var.tape();
  const Scope scope(t, "", embeddings.at);
  const Shape& s = embeddings.var.shape();
  const Index first = cache ? cache->length : 0;  // position
  if (s.rank() != 3 || first + s[1] > config_.block_size || s[2] != config_.n_embd)
    throw Error("TinyGpt: expected embeddings (B, T, " + std::to_string(config_.n_embd) + ") with T at most " +
                std::to_string(config_.block_size - first) + ", got " + s.str() + t.where(embeddings.at));
  Var x = t.name(embeddings + slice(t.leaf(wpe.weight), 0, first, first + s[1]), "embed");
  for (std::size_t i = 0; i < h.size(); ++i) x = h[i](x, cache ? &cache->layers[i] : nullptr);
  return t.name(linear(ln_f(x), t.leaf(wte.weight)), "logits");
}

Parameters TinyGpt::parameters() {
  Parameters all = join({wte.parameters(), wpe.parameters()});
  for (Block& block : h) all = join({all, block.parameters()});
  return join({all, ln_f.parameters()});
}

void TinyGpt::save(const std::string& path, std::map<std::string, std::string> metadata) {
  metadata["model"] = "TinyGpt";
  metadata["n_head"] = std::to_string(config_.n_head);
  if (config_.eps != GptConfig{}.eps) metadata["layer_norm_epsilon"] = shortest(config_.eps);
  save_weights(path, parameters(), std::move(metadata));
}

std::vector<Index> generate(const TinyGpt& gpt, std::vector<Index> text, int count, const Sampling& how, int threads) {
  const GptConfig& c = gpt.config();
  if (text.empty()) throw InputError("generate: expected a prompt of at least one token, got none");
  for (const Index token : text)
    if (token < 0 || token >= c.vocab_size)
      throw InputError("generate: expected tokens below " + std::to_string(c.vocab_size) + ", got " +
                       std::to_string(token));
  Tape t({}, threads);
  GptCache cache(c);
  for (int i = 0; i < count; ++i) {
    t.clear();
    const Index size = static_cast<Index>(text.size());
    const auto last_tokens = [&](Index T) { return IndexTensor{{1, T}, {text.end() - T, text.end()}}; };
    const Var logits =
        size <= c.block_size ? gpt(t, last_tokens(size - cache.length), cache) : gpt(t, last_tokens(c.block_size));
    const std::span<const Real> last = logits.value().values().last(c.vocab_size);
    if (!std::all_of(last.begin(), last.end(), [](Real x) { return std::isfinite(x); }))
      throw Error("generate: the logits behind token " + std::to_string(size - 1) + " are not finite");
    text.push_back(sample(last, how, Random(how.seed, "generate", static_cast<std::uint64_t>(i))));
  }
  return text;
}

double mean_loss(const TinyGpt& gpt, std::span<const Index> text, int threads) {
  Tape t({}, threads);
  double sum = 0;
  Index count = 0;
  for (const auto& [inputs, targets] : text_windows(text, gpt.config().block_size, 32)) {
    t.clear();
    const Index n = targets.shape.size();
    sum += static_cast<double>(cross_entropy(gpt(t, inputs), targets.values).item()) * static_cast<double>(n);
    count += n;
  }
  return sum / static_cast<double>(count);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
