// gradus train judge: a network that says which digit an image shows, or that it shows none.
#include <memory>

#include "autograd/error.h"
#include "autograd/hash.h"
#include "maximize/app/command.h"
#include "maximize/app/training_run.h"
#include "maximize/judges/judge.h"
#include "model/data/load_images.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  RunOptions run{.out = "", .log = "", .steps = 1000};
  std::string data;
  Index batch = 32;
  double lr = 2e-3, min_lr = 1e-4;
};

// The judges' errors are measured on images that they did not learn from, with rejects of another seed than theirs.
constexpr std::uint64_t seed_of_tests = 1000003;

int train_judge(Options o) {
  o.run.out = o.common.out;
  o.run.threads = o.common.threads;
  expect_files(o.run, o.data);
  const ImageData data = load_images(o.data, 0);
  Judge judge;
  judge.initialize(o.common.seed);
  const Json settings = {{"model", "judge"},
                         {"seed", o.common.seed},
                         {"steps", o.run.steps},
                         {"batch", o.batch},
                         {"lr", o.lr},
                         {"min_lr", o.min_lr},
                         {"data", hex(hash(data.train.pixels))},
                         {"test", hex(hash(data.test.pixels))}};
  TrainingRun run(o.run, "judge", judge.parameters(), settings);
  const Stopwatch watch;
  Optimizer optimizer = Optimizer(Adam{.lr = o.lr}).schedule({.warmup = 0, .until = o.run.steps, .min_lr = o.min_lr});
  const bool done = run(std::move(optimizer), [&](Optimizer optimizer_, Budget budget, OnStep show) {
    return train(judge, data.train, o.batch, o.common.seed, std::move(optimizer_), budget, show);
  });
  const double seconds = watch.seconds();
  if (!done) return run.interrupted();
  const Judge::Errors errors =
      run.evaluated([&] { return errors_of(judge, data.test, seed_of_tests, o.common.threads); });
  judge.save(o.common.out, errors);
  run.remove_checkpoint();

  Json json = {
      {"model", "judge"}, {"data", data.name}, {"error_natural", errors.natural}, {"error_reject", errors.reject}};
  json.update(run.summary(seconds));
  json["settings"] = settings;
  print_result(o.common, json,
               format("trained a judge on %s for %d steps in %.1f s\nof %lld other images it takes %.2f %% for another "
                      "digit or for none,\nof as many that show no digit it takes %.2f %% for one\nweights: %s\n",
                      data.name.c_str(), o.run.steps, seconds, static_cast<long long>(data.test.size()),
                      100 * errors.natural, 100 * errors.reject, o.common.out.c_str()));
  return 0;
}

}  // namespace

void add_train_judge(Command& train) {
  auto o = std::make_shared<Options>();
  Command command =
      train.command("judge", "A second network, which says of an image what digit it shows, or that it shows none");
  add_common(command, o->common, "The weight file to write; OUT.checkpoint stands beside it until the run is done",
             "judge.safetensors");
  command.file("--data", o->data, "A folder with MNIST's files, gzip or not; without it, Glyphs are drawn");
  command.number("--steps", o->run.steps, "How many", whole_number(1, 100000000));
  command.number("--batch", o->batch, "Images a step, and as many that show no digit", whole_number(5, 65536));
  command.number("--lr", o->lr, "The highest learning rate", number_above_0());
  command.number("--min-lr", o->min_lr, "The learning rate at the end of its cosine", number_from_0());
  command.flag("--resume", o->run.resume, "Go on from OUT.checkpoint, exactly as if it had never stopped");
  command.flag("--discard-checkpoint", o->run.discard, "Begin anew although OUT.checkpoint stands there");
  command.excludes("--resume", {"--discard-checkpoint"});
  command.epilogue(
      "The images that show no digit are noise, shuffled blocks, overlays and mosaics of the data. `gradus maximize` asks the two "
      "judges that come with gradus.\n\nExamples:\n  gradus train judge\n  gradus train judge --data mnist --seed 2");
  command.does([o] { return train_judge(*o); });
}

}  // namespace gradus::app
