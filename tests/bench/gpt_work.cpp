// The works of TinyGpt.
#include <array>

#include "autograd/random.h"
#include "maximize/penalties.h"
#include "model/files/weights.h"
#include "model/gpt.h"
#include "nn/init.h"
#include "work_parts.h"

namespace gradus::bench {
namespace {

struct GptWork {
  GptConfig config;
  Index batch;
};

GptWork resized(GptWork work, const Sizes& sizes) {
  work.config.n_layer = sizes.layers.value_or(work.config.n_layer);
  work.config.n_head = sizes.heads.value_or(work.config.n_head);
  work.config.n_embd = sizes.width.value_or(work.config.n_embd);
  work.config.block_size = sizes.context.value_or(work.config.block_size);
  work.batch = sizes.batch.value_or(work.batch);
  return work;
}

// Holds the model, which must exist before the tape that differentiates by its parameters.
struct GptHolder {
  GptHolder(const GptWork& work) : work_(work), gpt_(work.config) { gpt_.initialize(seed); }
  GptWork work_;
  TinyGpt gpt_;
  double layers() const { return work_.config.n_layer; }
  double width() const { return static_cast<double>(work_.config.n_embd); }
  double context() const { return static_cast<double>(work_.config.block_size); }
  double batch() const { return static_cast<double>(work_.batch); }
};

// Random tokens: they cannot be learned by heart so fast that the loss vanishes. The optimizer is that of `gradus
// train`.
class GptTraining : GptHolder, public Descent {
 public:
  GptTraining(const GptWork& work, int threads)
      : GptHolder(work),
        Descent(gpt_.parameters(), Optimizer(AdamW{.lr = 1e-3, .beta2 = 0.99, .weight_decay = 0.1}).clip(1.0),
                threads) {
    Random random(seed, "bench.tokens");
    for (Index i = 0; i < batches; ++i) {
      IndexTensor& in = inputs_[i];
      in.shape = {work.batch, work.config.block_size};
      std::vector<Index>& out = targets_[i];
      for (Index j = 0; j < in.shape.size(); ++j) {
        in.values.push_back(random.below(work.config.vocab_size));
        out.push_back(random.below(work.config.vocab_size));
      }
    }
  }

  // 6 P B T: 2 for each parameter and token forward, 4 backward, as the gradient of a product is two products.
  // 12 L C T^2 B: q k^T and the pattern times v are 4 C T^2 a layer forward, the whole square counted.
  double flops() const override {
    const double P = static_cast<double>(count_values(const_cast<TinyGpt&>(gpt_).parameters()));
    return 6 * P * batch() * context() + 12 * layers() * width() * context() * context() * batch();
  }

  void save(const std::string& path) override {
    std::vector<Index> in, out;
    for (const IndexTensor& x : inputs_) in.insert(in.end(), x.values.begin(), x.values.end());
    for (const std::vector<Index>& y : targets_) out.insert(out.end(), y.begin(), y.end());
    const Shape all = {batches, work_.batch, work_.config.block_size};
    const std::vector<Index> n_head = {work_.config.n_head};
    save_with_data(path, gpt_.parameters(),
                   {whole_numbers("data.inputs", all, in), whole_numbers("data.targets", all, out),
                    whole_numbers("data.n_head", {1}, n_head)});
  }

 protected:
  Var objective(Tape& t, Index step) override {
    const std::size_t i = (step % batches);
    return cross_entropy(gpt_(t, inputs_[i]), targets_[i]);
  }

 private:
  std::array<IndexTensor, batches> inputs_;
  std::array<std::vector<Index>, batches> targets_;
};

// Free embeddings (B, T, C) move, the weights do not: the course's recipe (maximize/both_directions.cpp) for a unit of
// the last MLP.
class GptMaximization : GptHolder, public Descent {
 public:
  // The embeddings are made before the tape, which is told that they move.
  GptMaximization(const GptWork& work, Index T, int threads) : GptMaximization(work, T, threads, make(work, T)) {}

  // Through each matrix twice, 2 forward and 2 backward: no weight gets a gradient. The last layer ends with the first
  // matrix of its MLP, of width 4 C, so 4 C^2 of its 12 C^2 weights are never used.
  double flops() const override {
    const double used = (12 * layers() - 4) * width() * width(), B = batch(), T = static_cast<double>(T_);
    return 4 * used * B * T + 12 * layers() * width() * T * T * B;
  }

  void save(const std::string& path) override {
    Parameters all = gpt_.parameters();
    all.push_back(embeddings_.get());
    const std::vector<Index> n_head = {work_.config.n_head};
    save_with_data(path, all, {whole_numbers("data.n_head", {1}, n_head)});
  }

 protected:
  Var objective(Tape& t, Index) override { return -mean(raised_(gpt_, t.leaf(*embeddings_))); }

 private:
  static std::unique_ptr<Parameter> make(const GptWork& work, Index T) {
    auto x = std::make_unique<Parameter>("embeddings", Shape{work.batch, T, work.config.n_embd});
    fill_normal(*x, 0, 0.02, seed);
    return x;
  }
  GptMaximization(const GptWork& work, Index T, int threads, std::unique_ptr<Parameter> embeddings)
      : GptHolder(work),
        Descent({embeddings.get()}, Adam{.lr = 0.01}, threads),
        T_(T),
        embeddings_(std::move(embeddings)),
        raised_(Objective(Unit::parse("h." + std::to_string(work.config.n_layer - 1) + ".mlp.act:37")) -
                0.001 * squared_length()) {}
  Index T_;
  std::unique_ptr<Parameter> embeddings_;
  Objective raised_;
};

// Nothing moves: the model's value alone.
class GptForward : GptHolder, public Work {
 public:
  GptForward(const GptWork& work, int threads) : GptHolder(work), tape_({}, threads) {
    tokens_.shape = {work.batch, work.config.block_size};
    Random random(seed, "bench.tokens");
    for (Index i = 0; i < tokens_.shape.size(); ++i) tokens_.values.push_back(random.below(work.config.vocab_size));
  }
  double step() override {
    tape_.clear();
    return static_cast<double>(gpt_(tape_, tokens_).value()[0]);
  }
  const Tape& tape() const override { return tape_; }
  // A third of a training step's.
  double flops() const override {
    const double P = static_cast<double>(count_values(const_cast<TinyGpt&>(gpt_).parameters()));
    return 2 * P * batch() * context() + 4 * layers() * width() * context() * context() * batch();
  }
  void save(const std::string& path) override {
    save_with_data(path, gpt_.parameters(), {whole_numbers("data.inputs", tokens_.shape, tokens_.values)});
  }

 private:
  Tape tape_;
  IndexTensor tokens_;
};

const GptWork small{{.vocab_size = 65, .block_size = 64, .n_layer = 4, .n_head = 4, .n_embd = 128}, 12};
const GptWork ten_million{{.vocab_size = 65, .block_size = 256, .n_layer = 6, .n_head = 6, .n_embd = 384}, 8};

template <class W>
auto resizable(const GptWork& work) {
  return [=](int threads, const Sizes& sizes) { return std::make_unique<W>(resized(work, sizes), threads); };
}

}  // namespace

std::vector<Entry> gpt_works() {
  return {{"gpt_train_step", resizable<GptTraining>(small)},
          {"gpt_train_step_10m", resizable<GptTraining>(ten_million)},
          {"gpt_forward", resizable<GptForward>(small)},
          {"gpt_maximize_step", maker<GptMaximization>(GptWork{small.config, 1}, Index(5))},
          // as many vectors as a training step's tokens
          {"gpt_maximize_step_768", maker<GptMaximization>(small, Index(64))}};
}

}  // namespace gradus::bench
