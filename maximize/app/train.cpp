// gradus train: both models, from scratch or from a checkpoint.
#include <cmath>
#include <memory>

#include "autograd/error.h"
#include "autograd/hash.h"
#include "maximize/app/command.h"
#include "maximize/app/training_run.h"
#include "maximize/both_directions.h"
#include "model/data/load_images.h"
#include "model/data/load_text.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  RunOptions run;
  std::string data;
  Index batch = 0;
  double lr = 1e-3, min_lr = 0;
  bool noise = false;
  GptConfig gpt;
};

// What both models' settings have in common.
Json settings_of(const Options& o, const char* model) {
  return {{"model", model}, {"seed", o.common.seed}, {"steps", o.run.steps}, {"batch", o.batch},
          {"lr", o.lr},     {"min_lr", o.min_lr}};
}

std::string hash_of(const std::vector<Index>& numbers) {
  return hex(hash(numbers));
}

std::string hash_of(const std::map<std::string, std::string>& words) {
  std::uint64_t h = hash_start;
  for (const char c : Json(words).dump()) h = hash_step(h, static_cast<unsigned char>(c));
  return hex(h);
}

void begin(Options& o) {
  o.run.out = o.common.out;
  o.run.threads = o.common.threads;
  expect_files(o.run, o.data);
}

Json rows(const ConfusionTable& table) {
  Json all = Json::array();
  for (const auto& row : table) all.push_back(row);
  return all;
}

std::string text(const ConfusionTable& table) {
  std::string all = "images by their digit (rows) and by the digit they are taken for (columns):\n    ";
  for (std::size_t digit = 0; digit < table.size(); ++digit) all += format("%6zu", digit);
  for (std::size_t digit = 0; digit < table.size(); ++digit) {
    all += format("\n%4zu", digit);
    for (const Index count : table[digit]) all += count > 0 ? format("%6lld", static_cast<long long>(count)) : "     .";
  }
  return all + "\n";
}

int train_cnn(Options o) {
  begin(o);
  const ImageData data = load_images(o.data, o.common.seed);
  TinyCnn cnn(CnnConfig{});
  cnn.initialize(o.common.seed);
  Json settings = settings_of(o, "cnn");
  settings["data"] = hex(hash(data.train.pixels));
  settings["noise"] = o.noise;
  settings["labels"] = hash_of(data.train.labels);
  settings["test"] = hex(hash(data.test.pixels)) + " " + hash_of(data.test.labels);
  TrainingRun run(o.run, "cnn", cnn.parameters(), settings);
  const Stopwatch watch;
  Optimizer optimizer = Optimizer(Adam{.lr = o.lr}).schedule({.warmup = 0, .until = o.run.steps, .min_lr = o.min_lr});
  const bool done = run(std::move(optimizer), [&](Optimizer optimizer_, Budget budget, OnStep show) {
    return train(cnn, data.train, {.size = o.batch, .seed = o.common.seed, .noise = o.noise ? 1.0 : 0.0},
                 std::move(optimizer_), budget, show);
  });
  const double seconds = watch.seconds();
  if (!done) return run.interrupted();
  const ConfusionTable table = run.evaluated([&] { return confusion(cnn, data.test, o.common.threads); });
  const double score = accuracy(table);
  cnn.save(o.common.out);
  run.remove_checkpoint();

  Json json = {{"model", "cnn"},           {"data", data.name}, {"train", data.train.size()},
               {"test", data.test.size()}, {"accuracy", score}, {"confusion", rows(table)}};
  json.update(run.summary(seconds));
  json["settings"] = settings;
  run.profile().add_to(json);
  print_result(o.common, json,
               format("trained on %lld images of %s for %d steps in %.1f s (%.2f ms a step)\n"
                      "accuracy on %lld other images: %.2f %%\n",
                      static_cast<long long>(data.train.size()), data.name.c_str(), o.run.steps, seconds,
                      run.milliseconds_per_step(seconds), static_cast<long long>(data.test.size()), 100 * score) +
                   text(table) + "weights: " + o.common.out + "\n" + run.profile().text());
  return 0;
}

int train_gpt(Options o) {
  if (o.gpt.n_embd % o.gpt.n_head != 0)
    throw InputError("--width: expected a multiple of the " + std::to_string(o.gpt.n_head) + " heads, got " +
                     std::to_string(o.gpt.n_embd));
  begin(o);
  const TextData data = load_text_data(o.data, o.common.seed);
  o.gpt.vocab_size = data.tokenizer->size();
  const auto enough = o.gpt.block_size + 1;
  if (static_cast<Index>(data.train.size()) < enough || static_cast<Index>(data.validation.size()) < enough)
    throw InputError(data.name + ": too short: expected more than " + std::to_string(o.gpt.block_size) +
                     " tokens to train on and to validate on, got " + std::to_string(data.train.size()) + " and " +
                     std::to_string(data.validation.size()));
  TinyGpt gpt(o.gpt);
  gpt.initialize(o.common.seed);
  Json settings = settings_of(o, "gpt");
  settings["data"] = hash_of(data.train);
  settings["validation"] = hash_of(data.validation);
  settings["alphabet"] = hash_of(data.tokenizer->metadata());
  settings.update({{"layers", o.gpt.n_layer},
                   {"heads", o.gpt.n_head},
                   {"width", o.gpt.n_embd},
                   {"context", o.gpt.block_size},
                   {"dropout", o.gpt.dropout}});
  TrainingRun run(o.run, "gpt", gpt.parameters(), settings);
  const Stopwatch watch;
  Optimizer optimizer = Optimizer(AdamW{.lr = o.lr, .beta2 = 0.99, .weight_decay = 0.1})
                            .clip(1.0)
                            .schedule({.warmup = 100, .until = o.run.steps, .min_lr = o.min_lr});
  const bool done = run(std::move(optimizer), [&](Optimizer optimizer_, Budget budget, OnStep show) {
    return train(gpt, data.train, {.size = o.batch, .length = o.gpt.block_size, .seed = o.common.seed},
                 std::move(optimizer_), budget, show);
  });
  const double seconds = watch.seconds();
  if (!done) return run.interrupted();
  const double loss = run.evaluated([&] {
    const double mean = mean_loss(gpt, data.validation, o.common.threads);
    if (!std::isfinite(mean)) throw Error(format("the loss on the validation split is not finite (%g)", mean));
    return mean;
  });
  gpt.save(o.common.out, data.tokenizer->metadata());
  run.remove_checkpoint();

  Json json = {{"model", "gpt"},
               {"data", data.name},
               {"train", data.train.size()},
               {"validation", data.validation.size()},
               {"parameters", count_values(gpt.parameters())},
               {"validation_loss", loss}};
  json.update(run.summary(seconds));
  json["settings"] = settings;
  run.profile().add_to(json);
  print_result(o.common, json,
               format("trained %lld parameters on %lld tokens of %s for %d steps in %.1f s (%.2f ms a step)\n"
                      "loss over all %lld tokens of the validation split: %.4f nats a token\nweights: %s\n",
                      static_cast<long long>(count_values(gpt.parameters())), static_cast<long long>(data.train.size()),
                      data.name.c_str(), o.run.steps, seconds, run.milliseconds_per_step(seconds),
                      static_cast<long long>(data.validation.size()), loss, o.common.out.c_str()) +
                   run.profile().text());
  return 0;
}

void add_shared(Command& command, Options& o, const std::string& out) {
  add_common(command, o.common, "The weight file to write; OUT.checkpoint stands beside it until the run is done", out);
  command.number("--steps", o.run.steps, "How many", whole_number(1, 100000000));
  command.number("--batch", o.batch, "Samples a step", whole_number(1, 65536));
  command.number("--lr", o.lr, "The highest learning rate", number_above_0());
  command.number("--min-lr", o.min_lr, "The learning rate at the end of its cosine", number_from_0());
  command.number("--checkpoint-every", o.run.checkpoint_every, "Steps, 0 for only at Ctrl-C",
                 whole_number(0, std::numeric_limits<std::int32_t>::max()));
  command.flag("--profile", o.run.profile, ProfileOption::help);
  command.flag("--resume", o.run.resume, "Go on from OUT.checkpoint, exactly as if it had never stopped");
  command.flag("--discard-checkpoint", o.run.discard, "Begin anew although OUT.checkpoint stands there");
  command.excludes("--resume", {"--discard-checkpoint"});
  command.file("--log", o.run.log,
               "A CSV file to write as well: step, loss, gradient norm and learning rate, a row a step");
}

}  // namespace

void add_train(Command& program) {
  Command train = program.command("train", "Train a model from scratch, or resume a run");
  train.epilogue(
      "Ctrl-C stops cleanly and leaves OUT.checkpoint, from which the same command with --resume goes on.\n\n"
      "Examples:\n  gradus train cnn\n  gradus train gpt --data shakespeare.txt --out shakespeare.safetensors");

  auto cnn = std::make_shared<Options>();
  cnn->run.steps = 1250;
  cnn->lr = 2e-3;
  cnn->batch = 64;
  Command command = train.command("cnn", "TinyCnn on images of digits");
  add_shared(command, *cnn, "cnn.safetensors");
  command.file("--data", cnn->data, "A folder with MNIST's files, gzip or not; without it, Glyphs are drawn");
  command.flag("--noise", cnn->noise,
               "Add Gaussian noise to the pixels, its deviation from U(0, 1) for each image: a network to look into, "
               "for what excites its units then looks like the data");
  command.epilogue(
      "Examples:\n  gradus train cnn\n  gradus train cnn --noise --steps 5000 --out noise.safetensors\n"
      "  gradus train cnn --data mnist --steps 3000 --out mnist.safetensors\n"
      "  gradus train cnn --resume\n  gradus train cnn --steps 200 --profile");
  command.does([cnn] { return train_cnn(*cnn); });

  auto gpt = std::make_shared<Options>();
  gpt->run.steps = 2000;
  gpt->batch = 12;
  gpt->min_lr = 1e-4;
  add_train_judge(train);

  command = train.command("gpt", "TinyGpt on a text");
  add_shared(command, *gpt, "gpt.safetensors");
  command.file("--data", gpt->data, "A text file, read by characters; without it, Orchard's sentences");
  command.number("--layers", gpt->gpt.n_layer, "Blocks", whole_number(1, 64));
  command.number("--heads", gpt->gpt.n_head, "Attention heads a block", whole_number(1, 64));
  command.number("--width", gpt->gpt.n_embd, "Of the residual stream, a multiple of the heads", whole_number(1, 4096));
  command.number("--context", gpt->gpt.block_size, "The longest text, in tokens", whole_number(1, 4096));
  command.number("--dropout", gpt->gpt.dropout, "Probability", number_from_0(0.95));
  command.epilogue(
      "Examples:\n  gradus train gpt\n  gradus train gpt --data shakespeare.txt --out shakespeare.safetensors\n"
      "  gradus train gpt --layers 2 --width 64 --steps 500 --json");
  command.does([gpt] { return train_gpt(*gpt); });
}

}  // namespace gradus::app
