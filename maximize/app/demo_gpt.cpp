// The demo's GPT frame: training on Orchard beside the maximization of one unit over embeddings.
#include <algorithm>
#include <cmath>

#include "autograd/hash.h"
#include "maximize/app/demo.h"
#include "maximize/app/page.h"
#include "maximize/observation/decode.h"
#include "maximize/observation/observe.h"
#include "maximize/report/tape_drawing.h"
#include "maximize/searches/gradient_search.h"
#include "model/open.h"
#include "model/text/windows.h"

namespace gradus::app {
namespace {

constexpr int snapshots = 24;
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

Json samples_of(const TinyGpt& gpt, const Tokenizer& tokenizer, const DemoSettings& o) {
  Json texts = Json::array();
  for (std::uint64_t i = 0; i < 3; ++i)
    texts.push_back(
        tokenizer.decode(generate(gpt, {tokenizer.start()}, 14, {.temperature = 0.8, .seed = o.seed + i}, o.threads)));
  return texts;
}

Json training_run(const DemoSettings& o, const TextData& data, GptConfig config, const Interrupt& interrupt,
                  Frame& frame) {
  TinyGpt gpt(config);
  gpt.initialize(o.seed);
  const std::span<const Index> probe =
      std::span(data.validation).first(std::min<std::size_t>(data.validation.size(), 4096));
  const std::uint64_t data_before = hash(data.train), weights_before = hash(gpt.parameters());
  Json steps = Json::array(), values = Json::array(), shots = Json::array();
  const auto shoot = [&](int step, double loss) {
    shots.push_back({{"step", step},
                     {"samples", samples_of(gpt, *data.tokenizer, o)},
                     {"hash", hex(hash(gpt.parameters()))},
                     {"caption", format("what it writes; loss on new sentences %.3f", loss)}});
  };
  shoot(0, mean_loss(gpt, probe, o.threads));
  const Stopwatch watch;
  ProgressLine line("demo: training the GPT");
  Optimizer optimizer = Optimizer(AdamW{.lr = 3e-3, .beta2 = 0.99, .weight_decay = 0.1})
                            .clip(1.0)
                            .schedule({.warmup = 20, .until = o.steps, .min_lr = 3e-4});
  const Batches batches{.size = batch_size, .length = config.block_size, .seed = o.seed};
  train(gpt, data.train, batches, std::move(optimizer), Budget(o.steps, 0, o.threads), [&](const Step& s) {
    steps.push_back(s.step);
    values.push_back(s.loss);
    if (snapshot_due(s.step + 1, o.steps, snapshots) && s.step + 1 < o.steps)
      shoot(s.step + 1, mean_loss(gpt, probe, o.threads));
    line.show(s.step + 1, o.steps, format("loss %.4f", s.loss));
    frame.stopped = interrupt.pending();
    return !frame.stopped;
  });
  const double seconds = watch.seconds(), loss = mean_loss(gpt, data.validation, o.threads);
  shoot(o.steps - 1, loss);
  const std::uint64_t data_after = hash(data.train);
  const double entropy = word_entropy(data.train, config.vocab_size);
  frame.summary["training"] = {
      {"steps", o.steps},           {"seconds", seconds},      {"first_loss", values.front()},
      {"last_loss", values.back()}, {"validation_loss", loss}, {"data_unchanged", data_before == data_after}};
  return {
      {"data", page_leaf(format("%zu words", data.train.size()), data_before, data_after)},
      {"weights", page_leaf(format("%lld weights", static_cast<long long>(count_values(gpt.parameters()))),
                            weights_before, hash(gpt.parameters()))},
      {"quantity", "loss (nats per word)"},
      {"steps", steps},
      {"values", values},
      {"lines",
       {{{"label", format("guessing: ln %lld", static_cast<long long>(config.vocab_size))},
         {"value", std::log(static_cast<double>(config.vocab_size))}},
        {{"label", "word frequency"}, {"value", entropy}}}},
      {"snapshots", shots},
      {"result",
       format(
           "After %d steps (%.1f s) the loss on new sentences is %.3f nats per word; knowing only the words' frequencies gives %.3f.",
           o.steps, seconds, loss, entropy)}};
}

Json maximization_run(const DemoSettings& o, TinyGpt& gpt, const TextData& data, const Tokenizer& tokenizer,
                      const Interrupt& interrupt, Frame& frame) {
  const Unit unit = Unit::parse(o.gpt_unit);
  const Index context = gpt.config().block_size;
  const Observation seen = observe(gpt, data.train, context, unit, 8, o.threads);
  const EmbeddingSearch how{.steps = o.steps, .snapshots = snapshots, .seed = o.seed, .threads = o.threads};
  const Tensor& table = gpt.wte.weight.value();
  const double noise = noise_activation(gpt, unit, how.vectors, 200, o.seed, o.threads);
  const NullCosine null = null_cosine(table, 500, o.seed);
  const std::uint64_t weights_before = hash(gpt.parameters());
  const Stopwatch watch;
  ProgressLine line("demo: maximizing " + o.gpt_unit);
  const Search s = maximize_embeddings(gpt, unit, how, [&](const Step& step) {
    line.show(step.step + 1, o.steps, format("loss %.4f", step.loss));
    frame.stopped = interrupt.pending();
    return !frame.stopped;
  });
  const double seconds = watch.seconds();
  const std::uint64_t weights_after = hash(gpt.parameters());
  Json steps = Json::array(), shots = Json::array(), exemplars = Json::array();
  for (std::size_t i = 0; i < s.activation.size(); ++i) steps.push_back(i);
  int above = 0;
  for (const Snapshot& shot : s.snapshots) {
    Json tokens = Json::array();
    above = 0;
    for (const auto& row : nearest_tokens(table, shot.input, 3)) {
      Json near = Json::array();
      for (const Neighbour& n : row) near.push_back({{"token", tokenizer.token(n.token)}, {"cosine", n.cosine}});
      above += row.front().cosine > null.mean + 2 * null.standard_deviation;
      tokens.push_back({{"nearest", near}});
    }
    shots.push_back({{"step", shot.step},
                     {"caption", format("the words nearest to the %lld vectors, and their cosines",
                                        static_cast<long long>(how.vectors))},
                     {"hash", hex(hash(shot.input))},
                     {"tokens", tokens}});
  }
  for (const Excitation& e : seen.most) {
    const Index window = e.sample / context * context, first = std::max(window, e.sample - 8);
    const Index last = std::min({window + context, e.sample + 5, static_cast<Index>(data.train.size())});
    const auto part = [&](Index from, Index to) {
      return tokenizer.decode(std::span(data.train).subspan(from, to - from));
    };
    exemplars.push_back({{"before", part(first, e.sample)},
                         {"token", tokenizer.token(data.train[e.sample])},
                         {"after", part(e.sample + 1, last)},
                         {"value", e.value}});
  }
  const double most = seen.most.front().value, reached = s.activation.back();
  const std::string cosines = format("%d of %lld", above, static_cast<long long>(how.vectors));
  frame.summary["maximization"] = {{"unit", o.gpt_unit},
                                   {"start", s.activation.front()},
                                   {"end", reached},
                                   {"noise_mean", noise},
                                   {"data_mean", seen.mean},
                                   {"data_max", most},
                                   {"null_cosine", null.mean},
                                   {"cosines_above_null", above},
                                   {"seconds", seconds},
                                   {"gradient_buffers", s.leaf_gradients},
                                   {"weights_unchanged", weights_before == weights_after}};
  frame.verdicts.push_back(verdict("The vectors excite " + o.gpt_unit + " more than any word of the data",
                                   "mean activation above the data maximum", format("%.3f against %.3f", reached, most),
                                   reached > most));
  frame.verdicts.push_back(verdict("The vectors mean words",
                                   format("all cosines above the null's mean + 2 standard deviations, %.3f",
                                          null.mean + 2 * null.standard_deviation),
                                   cosines, above == how.vectors));
  frame.verdicts.push_back(
      verdict("The GPT's weights were frozen", "equal hashes, no gradient buffer but the input's",
              format("%s, %zu buffer", weights_before == weights_after ? "equal" : "different", s.leaf_gradients),
              weights_before == weights_after && s.leaf_gradients == 1));
  frame.settings.push_back(
      {{"name", "GPT maximization"},
       {"value", format("Adam, lr %g, %d steps; %lld vectors; weight of the mean squared length %g", how.lr, how.steps,
                        static_cast<long long>(how.vectors), how.lambda)}});
  frame.settings.push_back(
      {{"name", "Null cosine"},
       {"value", format("best cosine of a random direction among %lld words: %.3f +- %.3f, 500 draws",
                        static_cast<long long>(tokenizer.size()), null.mean, null.standard_deviation)}});
  return {
      {"unit", o.gpt_unit},
      {"weights", page_leaf(format("%lld weights", static_cast<long long>(count_values(gpt.parameters()))),
                            weights_before, weights_after)},
      {"input", page_leaf(format("%lld embedding vectors", static_cast<long long>(how.vectors)), hash(s.start()),
                          hash(s.end()))},
      {"quantity", "activation"},
      {"steps", steps},
      {"values", s.activation},
      {"lines",
       {{{"label", "data maximum"}, {"value", most}},
        {{"label", "data mean"}, {"value", seen.mean}},
        {{"label", "noise mean"}, {"value", noise}}}},
      {"snapshots", shots},
      {"null_cosine", null.mean},
      {"exemplars",
       {{"caption", format("the 8 of %lld words of the data at which the unit is most active",
                           static_cast<long long>(seen.count))},
        {"texts", exemplars}}},
      {"result",
       format(
           "The activation rose from %.3f to %.3f, %.1f times the data's maximum. The best cosines of %s vectors are above what a random direction reaches (%.2f): a cosine within the null means that the nearest word is no word for it.",
           s.activation.front(), reached, reached / most, cosines.c_str(), null.mean)}};
}

}  // namespace

Frame gpt_frame(const DemoSettings& o, const Interrupt& interrupt) {
  Frame frame;
  frame.settings = Json::array();
  frame.verdicts = Json::array();
  const TextData data = load_text_data("", o.seed);
  const SafetensorsFile file(shipped_weights("gpt.safetensors"));
  TinyGpt gpt(file);
  const auto tokenizer = tokenizer_of(file, gpt);
  frame.settings.push_back(
      {{"name", "GPT training"},
       {"value", format("AdamW, lr 0.003 to 0.0003, %d steps, batch %lld, context %lld; Orchard, %zu words to train",
                        o.steps, static_cast<long long>(batch_size), static_cast<long long>(gpt.config().block_size),
                        data.train.size())}});
  Json training = training_run(o, data, gpt.config(), interrupt, frame);
  if (frame.stopped) return frame;
  Json maximization = maximization_run(o, gpt, data, *tokenizer, interrupt, frame);
  if (frame.stopped) return frame;

  Tape t(gpt.parameters(), o.threads);
  const auto [tokens, targets] = text_batch(data.train, batch_size, gpt.config().block_size, o.seed, 0);
  const Var x = gpt.wte(t, tokens);
  cross_entropy(gpt.from_embeddings(x), targets.values);
  const BothDirections both{.input = x.node().index,
                            .input_label = "word embeddings",
                            .weights = format("%lld numbers", static_cast<long long>(count_values(gpt.parameters()))),
                            .unit = o.gpt_unit,
                            .unit_detail = "its mean over the 5 vectors",
                            .loss_detail = "the loss, in nats per word"};
  frame.page = {
      {"model", "gpt"},
      {"heading", "A small GPT on Orchard's sentences"},
      {"text",
       "Left: a fresh network learns to continue sentences of a small grammar; the text is locked. Right: the same function with trained weights, locked, and five embedding vectors that climb until unit " +
           o.gpt_unit + " is as active as it gets."},
      {"training", std::move(training)},
      {"maximization", std::move(maximization)},
      {"tape",
       {{"svg", drawing(t.table(), both)},
        {"gradient_note",
         "In training the embeddings are looked up from the words; in maximization they are the leaf itself. Grey: values, forward. Red: the gradient, backward, to the leaf that moves."}}}};
  return frame;
}

}  // namespace gradus::app
