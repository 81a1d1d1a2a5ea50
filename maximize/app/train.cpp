// gradus train: both models, from scratch or from a checkpoint.
#include <filesystem>
#include <memory>

#include "autograd/hash.h"
#include "maximize/app/command.h"
#include "maximize/app/profile.h"
#include "maximize/both_directions.h"
#include "model/data/load_images.h"
#include "model/data/load_text.h"
#include "model/files/checkpoint.h"
#include "model/files/file.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  std::string data;
  int steps = 0;
  Index batch = 0;
  double lr = 1e-3, min_lr = 0;
  bool resume = false, profile = false;
  int checkpoint_every = 250;
  GptConfig gpt;
};

// A training run of either model: descend in stretches, each ended by a checkpoint, so that a run which is stopped goes
// on later exactly where it was.
class TrainingRun {
 public:
  TrainingRun(const Options& options, std::string what, Parameters parameters, std::string settings)
      : options_(options),
        what_(std::move(what)),
        parameters_(std::move(parameters)),
        settings_(std::move(settings)),
        checkpoint_(options.common.out + ".checkpoint"),
        profile_(options.profile) {}

  // train(optimizer, budget, on_step) is one of both_directions.h. Returns whether the run came to its end.
  template <class Train>
  bool operator()(Optimizer optimizer, const Train& train) {
    const Parameters everything = join({parameters_, optimizer.state(parameters_)});
    if (options_.resume) first_ = load_checkpoint(checkpoint_, everything, settings_);
    next_ = first_;
    if (first_ >= options_.steps) return true;
    const Interrupt interrupt;
    ProgressLine line("train " + what_);
    train(std::move(optimizer), Budget(options_.steps, first_, options_.common.threads), [&](const Step& s) {
      profile_.add(s);
      next_ = s.step + 1;
      loss_ = s.loss;
      line.show(next_, options_.steps, format("loss %.4f", s.loss));
      stopped_ = interrupt.pending();
      const bool due = options_.checkpoint_every > 0 && next_ % options_.checkpoint_every == 0;
      if (stopped_ || (due && next_ < options_.steps))
        save_checkpoint(checkpoint_, join({parameters_, s.optimizer.state(parameters_)}), next_, settings_);
      return !stopped_;
    });
    return !stopped_;
  }

  // Reports a run that was stopped by Ctrl-C.
  int interrupted() const {
    std::fprintf(stderr, "gradus: stopped after step %d; the same command with --resume goes on from %s\n", next_,
                 printable(checkpoint_, 4096).c_str());
    return interrupted_status;
  }

  void remove_checkpoint() const { std::filesystem::remove(checkpoint_); }

  Json summary(double seconds) const {
    return {{"steps", next_},
            {"resumed_from", first_},
            {"loss", loss_},
            {"seconds", seconds},
            {"out", options_.common.out}};
  }
  const Profile& profile() const { return profile_; }
  double milliseconds_per_step(double seconds) const { return next_ > first_ ? 1000 * seconds / (next_ - first_) : 0; }

 private:
  const Options& options_;
  std::string what_;
  Parameters parameters_;
  std::string settings_, checkpoint_;
  int first_ = 0, next_ = 0;
  double loss_ = 0;
  bool stopped_ = false;
  Profile profile_;
};

int train_cnn(const Options& o) {
  expect_writable(o.common.out);
  const ImageData data = load_images(o.data, o.common.seed);
  TinyCnn cnn(CnnConfig{});
  cnn.initialize(o.common.seed);
  const Json settings = {{"model", "cnn"},        {"data", hex(hash(data.train.pixels))},
                         {"seed", o.common.seed}, {"steps", o.steps},
                         {"batch", o.batch},      {"lr", o.lr},
                         {"min_lr", o.min_lr}};
  TrainingRun run(o, "cnn", cnn.parameters(), settings.dump());
  const Stopwatch watch;
  Optimizer optimizer = Optimizer(Adam{.lr = o.lr}).schedule({.warmup = 0, .until = o.steps, .min_lr = o.min_lr});
  const bool done = run(std::move(optimizer), [&](Optimizer optimizer_, Budget budget, OnStep show) {
    return train(cnn, data.train, {.size = o.batch, .seed = o.common.seed}, std::move(optimizer_), budget, show);
  });
  const double seconds = watch.seconds();
  if (!done) return run.interrupted();
  cnn.save(o.common.out);
  run.remove_checkpoint();

  const double score = accuracy(cnn, data.test, o.common.threads);
  Json json = {{"model", "cnn"},
               {"data", data.name},
               {"train", data.train.size()},
               {"test", data.test.size()},
               {"accuracy", score}};
  json.update(run.summary(seconds));
  json["settings"] = settings;
  run.profile().add_to(json);
  print_result(o.common, json,
               format("trained on %lld images of %s for %d steps in %.1f s (%.2f ms a step)\n"
                      "accuracy on %lld other images: %.2f %%\nweights: %s\n",
                      static_cast<long long>(data.train.size()), data.name.c_str(), o.steps, seconds,
                      run.milliseconds_per_step(seconds), static_cast<long long>(data.test.size()), 100 * score,
                      o.common.out.c_str()) +
                   run.profile().text());
  return 0;
}

int train_gpt(Options o) {
  if (o.gpt.n_embd % o.gpt.n_head != 0)
    throw InputError("--width: expected a multiple of the " + std::to_string(o.gpt.n_head) + " heads, got " +
                     std::to_string(o.gpt.n_embd));
  expect_writable(o.common.out);
  const TextData data = load_text_data(o.data, o.common.seed);
  o.gpt.vocab_size = data.tokenizer->size();
  const auto enough = o.gpt.block_size + 1;
  if (static_cast<Index>(data.train.size()) < enough || static_cast<Index>(data.validation.size()) < enough)
    throw InputError(data.name + ": too short: expected more than " + std::to_string(o.gpt.block_size) +
                     " tokens to train on and to validate on, got " + std::to_string(data.train.size()) + " and " +
                     std::to_string(data.validation.size()));
  TinyGpt gpt(o.gpt);
  gpt.initialize(o.common.seed);
  const Json settings = {{"model", "gpt"},
                         {"data", hex(hash(data.train))},
                         {"seed", o.common.seed},
                         {"steps", o.steps},
                         {"batch", o.batch},
                         {"lr", o.lr},
                         {"min_lr", o.min_lr},
                         {"layers", o.gpt.n_layer},
                         {"heads", o.gpt.n_head},
                         {"width", o.gpt.n_embd},
                         {"context", o.gpt.block_size},
                         {"dropout", o.gpt.dropout}};
  TrainingRun run(o, "gpt", gpt.parameters(), settings.dump());
  const Stopwatch watch;
  Optimizer optimizer = Optimizer(AdamW{.lr = o.lr, .beta2 = 0.99, .weight_decay = 0.1})
                            .clip(1.0)
                            .schedule({.warmup = 100, .until = o.steps, .min_lr = o.min_lr});
  const bool done = run(std::move(optimizer), [&](Optimizer optimizer_, Budget budget, OnStep show) {
    return train(gpt, data.train, {.size = o.batch, .length = o.gpt.block_size, .seed = o.common.seed},
                 std::move(optimizer_), budget, show);
  });
  const double seconds = watch.seconds();
  if (!done) return run.interrupted();
  gpt.save(o.common.out, data.tokenizer->metadata());
  run.remove_checkpoint();

  const double loss = mean_loss(gpt, data.validation, o.common.threads);
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
                      data.name.c_str(), o.steps, seconds, run.milliseconds_per_step(seconds),
                      static_cast<long long>(data.validation.size()), loss, o.common.out.c_str()) +
                   run.profile().text());
  return 0;
}

void add_shared(Command& command, Options& o, const std::string& out) {
  add_common(command, o.common, "The weight file to write; OUT.checkpoint stands beside it until the run is done", out);
  command.number("--steps", o.steps, "How many", whole_number(1, 100000000));
  command.number("--batch", o.batch, "Samples a step", whole_number(1, 65536));
  command.number("--lr", o.lr, "The highest learning rate", number_above_0());
  command.number("--min-lr", o.min_lr, "The learning rate at the end of its cosine", number_from_0());
  command.number("--checkpoint-every", o.checkpoint_every, "Steps, 0 for only at Ctrl-C",
                 whole_number(0, std::numeric_limits<std::int32_t>::max()));
  command.flag("--profile", o.profile, Profile::help);
  command.flag("--resume", o.resume, "Go on from OUT.checkpoint, exactly as if it had never stopped");
}

}  // namespace

void add_train(Command& program) {
  Command train = program.command("train", "Train a model from scratch, or resume a run");
  train.epilogue(
      "Ctrl-C stops cleanly and leaves OUT.checkpoint, from which the same command with --resume goes on.\n\n"
      "Examples:\n  gradus train cnn\n  gradus train gpt --data shakespeare.txt --out shakespeare.safetensors");

  auto cnn = std::make_shared<Options>();
  cnn->steps = 1250;
  cnn->lr = 2e-3;
  cnn->batch = 64;
  Command command = train.command("cnn", "TinyCnn on images of digits");
  add_shared(command, *cnn, "cnn.safetensors");
  command.text("--data", cnn->data, "A folder with MNIST's files, gzip or not; without it, Glyphs are drawn");
  command.epilogue(
      "Examples:\n  gradus train cnn\n  gradus train cnn --data mnist --steps 3000 --out mnist.safetensors\n"
      "  gradus train cnn --resume\n  gradus train cnn --steps 200 --profile");
  command.does([cnn] { return train_cnn(*cnn); });

  auto gpt = std::make_shared<Options>();
  gpt->steps = 2000;
  gpt->batch = 12;
  gpt->min_lr = 1e-4;
  command = train.command("gpt", "TinyGpt on a text");
  add_shared(command, *gpt, "gpt.safetensors");
  command.text("--data", gpt->data, "A text file, read by characters; without it, Orchard's sentences");
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
