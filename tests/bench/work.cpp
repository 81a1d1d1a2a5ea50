#include "work.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "autograd/error.h"
#include "autograd/random.h"
#include "maximize/decode.h"
#include "maximize/image.h"
#include "maximize/unit.h"
#include "model/cnn.h"
#include "model/glyphs.h"
#include "model/gpt.h"
#include "model/weights.h"
#include "nn/init.h"
#include "nn/optimizer.h"

namespace gradus::bench {
namespace {

constexpr Index batches = 8;  // different ones, used in turn
constexpr std::uint64_t seed = 1;

// A loss that an optimizer lowers: what descend does in a step, and nothing else.
class Descent : public Work {
 public:
  double step() final {
    tape_.clear();
    tape_.zero_grad();
    const Var loss = objective(tape_, step_);
    tape_.backward(loss);
    const double value = static_cast<double>(loss.item());
    optimizer_.step(tape_, step_++);
    return value;
  }
  const Tape& tape() const final { return tape_; }

 protected:
  Descent(const Parameters& moving, Optimizer optimizer, int threads)
      : tape_(moving, threads), optimizer_(std::move(optimizer)) {}
  virtual Var objective(Tape& t, Index step) = 0;

 private:
  Tape tape_;
  Optimizer optimizer_;
  int step_ = 0;
};

void save_with_data(const std::string& path, const Parameters& parameters, std::vector<SafetensorsTensor> tensors) {
  for (const Parameter* p : parameters) tensors.push_back(to_write(p->name(), p->value()));
  write_safetensors(path, tensors);
}

SafetensorsTensor whole_numbers(std::string name, const Shape& shape, const std::vector<Index>& values) {
  static_assert(sizeof(Index) == 8);
  return {std::move(name), "I64", shape, values.data()};
}

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
      IndexTensor& in = inputs_[as_size(i)];
      in.shape = {work.batch, work.config.block_size};
      std::vector<Index>& out = targets_[as_size(i)];
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
    const std::size_t i = as_size(step % batches);
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
  Var objective(Tape& t, Index) override {
    const Var x = t.leaf(*embeddings_);
    const auto run = [&](Var e) { return gpt_.from_embeddings(e); };
    return 0.001 * mean(sum(square(x), {-1})) - activation(run, x, unit_);
  }

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
        unit_(Unit::parse("h." + std::to_string(work.config.n_layer - 1) + ".mlp.act:37")) {}
  Index T_;
  std::unique_ptr<Parameter> embeddings_;
  Unit unit_;
};

struct CnnHolder {
  CnnHolder() : cnn_(CnnConfig{}) { cnn_.initialize(seed); }
  TinyCnn cnn_;
};

// A convolution costs 2 C_out C kH kW for each place of its output: here 28 x 28, then 14 x 14 after the pooling.
constexpr double conv1_flops = 2.0 * 16 * 1 * 25 * 28 * 28, conv2_flops = 2.0 * 32 * 16 * 25 * 14 * 14;
constexpr double fc_flops = 2.0 * (32 * 7 * 7 * 64 + 64 * 10);

// Glyphs, in batches of 64.
class CnnTraining : CnnHolder, public Descent {
 public:
  CnnTraining(Index N, int threads)
      : Descent(cnn_.parameters(), Adam{.lr = 1e-3}, threads), N_(N), data_(make_glyphs(seed, batches * N)) {}

  // Each product forward, and two backward; but the images do not move, so the first convolution has one backward.
  double flops() const override {
    return static_cast<double>(N_) * (3 * (conv1_flops + conv2_flops + fc_flops) - conv1_flops);
  }

  void save(const std::string& path) override {
    save_with_data(path, cnn_.parameters(),
                   {to_write("data.images", data_.pixels), whole_numbers("data.labels", {batches, N_}, data_.labels)});
  }

 protected:
  Var objective(Tape& t, Index step) override {
    const Index first = step % batches * N_, pixels_each = data_.pixels.size() / data_.size();
    Tensor images = Tensor::borrow({N_, 1, 28, 28}, data_.pixels.data() + first * pixels_each);
    return cross_entropy(cnn_(t.constant(std::move(images))),
                         std::span(data_.labels).subspan(as_size(first), as_size(N_)));
  }

 private:
  Index N_;
  Images data_;
};

// Images (N, 1, 28, 28) move, as pixels = sigmoid(free numbers), to raise channel 5 of conv2.relu.
class CnnMaximization : CnnHolder, public Descent {
 public:
  CnnMaximization(Index N, const ImagePenalty& penalty_weights, int threads)
      : CnnMaximization(N, penalty_weights, threads,
                        std::make_unique<Parameter>("image", pixel_noise({N, 1, 28, 28}, 0.13, 0.1, seed))) {}

  // Both convolutions forward, and backward to their inputs alone.
  double flops() const override { return static_cast<double>(image_->shape()[0]) * 2 * (conv1_flops + conv2_flops); }

  void save(const std::string& path) override {
    Parameters all = cnn_.parameters();
    all.push_back(image_.get());
    save_with_data(path, all, {});
  }

 protected:
  Var objective(Tape& t, Index) override {
    const Var x = pixels(t.leaf(*image_));
    const Var raised = activation(cnn_, x, unit_);
    return penalized_ ? penalty(x, penalty_) - raised : -raised;
  }

 private:
  CnnMaximization(Index, const ImagePenalty& penalty_weights, int threads, std::unique_ptr<Parameter> image)
      : Descent({image.get()}, Adam{.lr = 0.05}, threads),
        penalty_(penalty_weights),
        penalized_(penalty_weights.l2 > 0),
        image_(std::move(image)) {}
  ImagePenalty penalty_;
  bool penalized_;
  std::unique_ptr<Parameter> image_;
  Unit unit_ = Unit::parse("conv2.relu:5");
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

// DESIGN's penalties of `gradus maximize`: 0.05 l2 and 0.1 total variation.
const ImagePenalty full_penalty{.l2 = 0.05, .total_variation = 0.1};

struct Entry {
  std::string name;
  std::function<std::unique_ptr<Work>(int threads, const Sizes& sizes)> make;
};

const GptWork small{{.vocab_size = 65, .block_size = 64, .n_layer = 4, .n_head = 4, .n_embd = 128}, 12};
const GptWork ten_million{{.vocab_size = 65, .block_size = 256, .n_layer = 6, .n_head = 6, .n_embd = 384}, 8};

template <class W, class... Arguments>
auto maker(Arguments... arguments) {
  return [=](int threads, const Sizes&) { return std::make_unique<W>(arguments..., threads); };
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = {
      {"gpt_train_step",
       [](int threads, const Sizes& s) { return std::make_unique<GptTraining>(resized(small, s), threads); }},
      {"gpt_train_step_10m",
       [](int threads, const Sizes& s) { return std::make_unique<GptTraining>(resized(ten_million, s), threads); }},
      {"gpt_forward",
       [](int threads, const Sizes& s) { return std::make_unique<GptForward>(resized(small, s), threads); }},
      {"gpt_maximize_step", maker<GptMaximization>(GptWork{small.config, 1}, Index(5))},
      {"gpt_maximize_step_768",
       maker<GptMaximization>(small, Index(64))},  // as many vectors as a training step's tokens
      {"cnn_train_step", maker<CnnTraining>(Index(64))},
      {"cnn_maximize_step/1", maker<CnnMaximization>(Index(1), ImagePenalty{})},
      {"cnn_maximize_step/64", maker<CnnMaximization>(Index(64), ImagePenalty{})},
      {"cnn_maximize_step_penalty/1", maker<CnnMaximization>(Index(1), full_penalty)},
  };
  return all;
}

}  // namespace

const std::vector<std::string>& work_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Entry& e : entries()) all.push_back(e.name);
    return all;
  }();
  return names;
}

std::unique_ptr<Work> make_work(const std::string& name, int threads, const Sizes& sizes) {
  for (const Entry& e : entries())
    if (e.name == name) return e.make(threads, sizes);
  std::string known;
  for (const std::string& n : work_names()) known += " " + n;
  throw InputError("expected a piece of work, one of" + known + ", got '" + name + "'");
}

}  // namespace gradus::bench
