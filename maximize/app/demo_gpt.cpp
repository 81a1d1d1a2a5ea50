// The demo's GPT, on Orchard.
#include <algorithm>
#include <cmath>

#include "autograd/hash.h"
#include "maximize/app/demo.h"
#include "maximize/app/page.h"
#include "maximize/both_directions.h"
#include "maximize/observation/decode.h"
#include "maximize/observation/observe.h"
#include "maximize/parametrizations/embeddings.h"
#include "model/open.h"
#include "model/text/windows.h"

namespace gradus::app {
namespace {

constexpr Index batch_size = 16;

// The loss of always predicting the words' frequencies: the entropy of the text's words, in nats.
double word_entropy(std::span<const Index> text, Index vocabulary) {
  std::vector<double> counts(vocabulary);
  for (const Index token : text) ++counts[token];
  double entropy = 0;
  for (const double n : counts)
    if (n > 0) entropy -= n / static_cast<double>(text.size()) * std::log(n / static_cast<double>(text.size()));
  return entropy;
}

class GptDemo final : public DemoModel {
 public:
  GptDemo(const DemoSettings& o, const SafetensorsFile& file)
      : o_(o),
        unit_(Unit::parse(o.gpt_unit)),
        data_(load_text_data("", o.seed)),
        trained_(file),
        fresh_(trained_.config()),
        tokenizer_(tokenizer_of(file, trained_)),
        how_{.steps = o.steps, .seed = o.seed, .threads = o.threads},
        null_(null_cosine(trained_.wte.weight.value(), 500, o.seed)) {
    fresh_.initialize(o.seed);
  }

  TwoRuns plan() override {
    TwoRuns p{
        .model = "gpt",
        .heading = "A small GPT on Orchard's sentences",
        .text =
            "Left: a fresh network learns to continue sentences of a small grammar; the text is locked. Right: the same function with trained weights, locked, and five embedding vectors that climb until unit " +
            o_.gpt_unit + " is as active as it gets.",
        .code = code_of_both_directions("TinyGpt", "gpt.parameters()", "input.parameters()"),
        .drawing_note =
            "In training the embeddings are looked up from the words; in maximization they are the leaf itself. Grey: values, forward. Red: the gradient, backward, to the leaf that moves."};
    plan_training(p.training);
    plan_maximization(p.maximization);
    return p;
  }

  Parameters fresh() override { return fresh_.parameters(); }
  std::uint64_t hash_of_data() const override { return hash(data_.train); }
  void train(OnStep show) override {
    Optimizer optimizer = Optimizer(AdamW{.lr = 3e-3, .beta2 = 0.99, .weight_decay = 0.1})
                              .clip(1.0)
                              .schedule({.warmup = 20, .until = o_.steps, .min_lr = 3e-4});
    const Batches batches{.size = batch_size, .length = context(), .seed = o_.seed};
    gradus::train(fresh_, data_.train, batches, std::move(optimizer), Budget(o_.steps, 0, o_.threads), show);
  }
  double loss(int step) const override {
    Tape t({}, o_.threads);
    const auto [tokens, targets] =
        text_batch(data_.train, batch_size, context(), o_.seed, static_cast<std::uint64_t>(step));
    return cross_entropy(fresh_(t, tokens), targets.values).item();
  }
  double quick_score() const override {
    return mean_loss(fresh_, std::span(data_.validation).first(std::min<std::size_t>(data_.validation.size(), 4096)),
                     o_.threads);
  }
  double score() const override { return mean_loss(fresh_, data_.validation, o_.threads); }
  const char* name_of_score() const override { return "validation_loss"; }

  Scene scene(double score) const override {
    Scene m{.caption = format("what it writes; loss on new sentences %.3f", score)};
    for (std::uint64_t i = 0; i < 3; ++i)
      m.samples.push_back(tokenizer_->decode(
          generate(fresh_, {tokenizer_->start()}, 14, {.temperature = 0.8, .seed = o_.seed + i}, o_.threads)));
    return m;
  }
  std::string result(double seconds, double score) const override {
    return format(
        "After %d steps (%.1f s) the loss on new sentences is %.3f nats per word; knowing only the words' frequencies gives %.3f.",
        o_.steps, seconds, score, word_entropy(data_.train, fresh_.config().vocab_size));
  }

  Parameters trained() override { return trained_.parameters(); }
  Record maximize(OnMoment show) override { return maximize_embeddings(trained_, unit_, how_, show); }

  std::vector<Scene> scenes(const Record& s) const override {
    std::vector<Scene> all;
    for (const Snapshot& shot : s.snapshots) {
      Scene m{.step = shot.step,
              .caption = format("the words nearest to the %lld vectors, and their cosines",
                                static_cast<long long>(how_.vectors)),
              .hash = hash(shot.input)};
      Tape t({}, o_.threads);
      const Tensor values = unit_values(run_to(trained_, t.constant(shot.input), unit_.address), unit_).value();
      const Index first = first_token(unit_, shot.input.shape()[1]);
      for (const auto& row : nearest_tokens(trained_.wte.weight.value(), shot.input, 3)) {
        const Index i = std::ssize(m.vectors) - first;  // of the vectors that the unit has a value at
        RecordedVector v{.activation = i >= 0 && i < values.size() ? static_cast<double>(values[i]) : 0};
        for (const Neighbour& n : row) v.nearest.push_back({tokenizer_->token(n.token), n.cosine});
        m.vectors.push_back(std::move(v));
      }
      all.push_back(std::move(m));
    }
    return all;
  }

  void conclude(RunReport& r) const override {
    const double most = level(r, data_maximum);
    const std::vector<RecordedVector>& last = r.scenes.back().vectors;
    const auto above_null = std::count_if(last.begin(), last.end(),
                                          [&](const RecordedVector& v) { return v.nearest.front().cosine > limit(); });
    const std::string cosines = format("%td of %lld", above_null, static_cast<long long>(how_.vectors));
    r.scores = {{"cosines_above_null", static_cast<double>(above_null)}};
    r.claims[1].measured = cosines;
    r.claims[1].null = format("%.3f, a random direction's best cosine", null_.mean);
    r.claims[1].outcome = holds(above_null == how_.vectors);
    r.result = format(
        "The activation rose from %.3f to %.3f, %.1f times the data's maximum. The best cosines of %s vectors are above what a random direction reaches (%.2f): a cosine within the null means that the nearest word is no word for it.",
        r.first(), r.last(), r.last() / most, cosines.c_str(), null_.mean);
  }

  BothDirections record_training(Tape& t) override {
    const auto [tokens, targets] = text_batch(data_.train, batch_size, context(), o_.seed, 0);
    const Var x = trained_.wte(t, tokens);
    cross_entropy(trained_(x), targets.values);
    return {.input = x.node().index,
            .axes = {{"B", 1}, {"T", how_.vectors}},
            .input_label = "word embeddings",
            .weights = format("%lld numbers", static_cast<long long>(count_values(trained_.parameters()))),
            .unit = o_.gpt_unit,
            .unit_detail = format("its mean over the %lld vectors", static_cast<long long>(how_.vectors)),
            .loss_detail = "the loss, in nats per word"};
  }

 private:
  Index context() const { return trained_.config().block_size; }
  double limit() const { return null_.mean + 2 * null_.standard_deviation; }
  std::string weights() { return format("%lld weights", static_cast<long long>(count_values(trained_.parameters()))); }

  void plan_training(RunReport& r) {
    const Index words = fresh_.config().vocab_size;
    r.quantity = "loss (nats per word)";
    r.levels = {{format("guessing: ln %lld", static_cast<long long>(words)), std::log(static_cast<double>(words))},
                {"word frequency", word_entropy(data_.train, words)}};
    r.moving.name = weights();
    r.locked.name = format("%zu words", data_.train.size());
    r.settings = {
        {"GPT training",
         format("AdamW, lr 0.003 to 0.0003, %d steps, batch %lld, context %lld; Orchard, %zu words to train", o_.steps,
                static_cast<long long>(batch_size), static_cast<long long>(context()), data_.train.size())}};
  }

  void plan_maximization(RunReport& r) {
    const Observation seen = observe(trained_, data_.train, context(), unit_, 8, o_.threads);
    r.quantity = "activation";
    r.unit = o_.gpt_unit;
    Embeddings noises(trained_.wte.weight, 200, how_.vectors);
    r.levels = {{data_maximum, seen.most.front().value},
                {data_mean, seen.mean},
                {noise_mean, noise_activation(trained_, unit_, noises, o_.seed, o_.threads)}};
    r.moving.name = format("%lld vectors", static_cast<long long>(how_.vectors));
    r.locked.name = weights();
    r.null_cosine = null_.mean;
    r.exemplars.caption =
        format("the 8 of %lld words of the data at which the unit is most active", static_cast<long long>(seen.count));
    for (const Excitation& e : seen.most) r.exemplar_texts.push_back(in_text(e));
    r.claims = {{.claim = "The vectors excite " + o_.gpt_unit + " more than any word of the data",
                 .threshold = "mean activation above the data maximum"},
                {.claim = "The vectors mean words",
                 .threshold = format("all cosines above the null's mean + 2 standard deviations, %.3f", limit())}};
    r.settings = {
        {"GPT maximization", format("Adam, lr %g, %d steps; %lld vectors; weight of the mean squared length %g",
                                    how_.lr, how_.steps, static_cast<long long>(how_.vectors), how_.lambda)},
        {"Null cosine", format("best cosine of a random direction among %lld words: %.3f +- %.3f, 500 draws",
                               static_cast<long long>(tokenizer_->size()), null_.mean, null_.standard_deviation)}};
  }

  // With at most eight words before it and four after it, as far as the model saw them.
  TokenInText in_text(const Excitation& e) const {
    const std::span<const Index> text = data_.train;
    const Index window = e.sample / context() * context(), first = std::max(window, e.sample - 8);
    const Index last = std::min({window + context(), e.sample + 5, static_cast<Index>(text.size())});
    const auto part = [&](Index from, Index to) { return tokenizer_->decode(text.subspan(from, to - from)); };
    return {part(first, e.sample), tokenizer_->token(text[e.sample]), part(e.sample + 1, last), e.value};
  }

  DemoSettings o_;
  Unit unit_;
  TextData data_;
  TinyGpt trained_, fresh_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  EmbeddingSearch how_;
  NullCosine null_;
};

}  // namespace

std::unique_ptr<DemoModel> gpt_demo(const DemoSettings& settings) {
  return std::make_unique<GptDemo>(settings, SafetensorsFile(shipped_weights("gpt.safetensors")));
}

}  // namespace gradus::app
