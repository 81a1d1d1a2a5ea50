// gradus demo: trains both models for some seconds, maximizes a unit of each, and writes the page that shows both
// sides.
#include "maximize/app/demo.h"

#include <cmath>
#include <filesystem>
#include <memory>

#include "autograd/error.h"
#include "autograd/kernels/parallel.h"
#include "maximize/app/outputs.h"
#include "maximize/app/page.h"
#include "maximize/searches/gradient_search.h"
#include "model/files/file.h"
#include "model/open.h"

namespace gradus::app {

namespace {

struct Options {
  Common common;
  DemoSettings demo;
};

Json summary_of(const TwoRuns& runs) {
  const RunReport &t = runs.training, &m = runs.maximization;
  Json training = {
      {"steps", t.steps.back()}, {"seconds", t.seconds}, {"first_loss", t.first()}, {"last_loss", t.last()}};
  for (const Level& score : t.scores) training[score.label] = score.value;
  training["data_unchanged"] = !t.locked.changed();
  Json maximization = {{"unit", m.unit},
                       {"start", m.first()},
                       {"end", m.last()},
                       {"noise_mean", level(m, noise_mean)},
                       {"data_mean", level(m, data_mean)},
                       {"data_max", level(m, data_maximum)}};
  if (std::isfinite(m.null_cosine)) maximization["null_cosine"] = m.null_cosine;
  for (const Level& count : m.scores) maximization[count.label] = std::llround(count.value);
  maximization["seconds"] = m.seconds;
  maximization["gradient_buffers"] = m.gradient_buffers;
  maximization["weights_unchanged"] = !m.locked.changed();
  return {{"training", std::move(training)}, {"maximization", std::move(maximization)}};
}

// What is wrong with a unit or a weight file shows before the first training, not after it.
void expect_units(const DemoSettings& demo) {
  const TinyCnn cnn(SafetensorsFile(shipped_weights("cnn.safetensors")));
  const TinyGpt gpt(SafetensorsFile(shipped_weights("gpt.safetensors")));
  expect_fits(Unit::parse(demo.cnn_unit), cnn, cnn.input_shape(1));
  expect_fits(Unit::parse(demo.gpt_unit), gpt, {1, EmbeddingSearch{}.vectors, gpt.config().n_embd});
}

// All of the page that is known before the runs.
PageData page_data(const Options& o) {
  return {
      .heading = "Gradus: one tape, two directions",
      .sentence =
          "The same function and the same tape, twice: training moves the weights to lower a loss; reverse optimization locks them and moves the input to raise one unit.",
      .command = format("gradus demo --seed %llu --steps %d --cnn-unit %s --gpt-unit %s",
                        static_cast<unsigned long long>(o.common.seed), o.demo.steps, o.demo.cnn_unit.c_str(),
                        o.demo.gpt_unit.c_str()),
      .seed = o.common.seed,
      .threads = o.common.threads > 0 ? o.common.threads : available_threads(),
      .version = GRADUS_VERSION};
}

int demo(Options o) {
  namespace fs = std::filesystem;
  o.demo.seed = o.common.seed;
  o.demo.threads = o.common.threads;
  std::error_code error;
  fs::create_directories(o.common.out, error);
  if (!fs::is_directory(o.common.out, error))
    throw InputError(o.common.out + ": expected a folder, or a place where one can be made");

  const std::string page = (fs::path(o.common.out) / "index.html").string();
  const std::string summary_file = (fs::path(o.common.out) / "summary.json").string();
  expect_outputs({page, summary_file}, {shipped_weights("cnn.safetensors"), shipped_weights("gpt.safetensors")});
  expect_units(o.demo);

  const Interrupt interrupt;
  const Stopwatch watch;
  PageData data = page_data(o);
  Json summary, verdicts = Json::array();
  for (const auto& make : {&cnn_demo, &gpt_demo}) {
    data.models.push_back(run_both_directions(*make(o.demo), o.demo, interrupt));
    const TwoRuns& runs = data.models.back();
    if (runs.training.stopped || runs.maximization.stopped) {
      std::fprintf(stderr, "gradus: stopped; no page was written\n");
      return interrupted_status;
    }
    summary[runs.model] = summary_of(runs);
    for (const Claim& c : runs.maximization.claims)
      verdicts.push_back(
          {{"claim", c.claim}, {"threshold", c.threshold}, {"measured", c.measured}, {"verdict", name(c.outcome)}});
  }
  data.seconds = watch.seconds();
  write_file_atomically(page, make_page(data));
  summary["command"] = data.command;
  summary["seconds"] = watch.seconds();
  summary["threads"] = data.threads;
  summary["page"] = page;
  summary["verdicts"] = verdicts;
  write_file_atomically(summary_file, summary.dump(2) + "\n");

  const auto number = [&](const char* model, const char* run, const char* what) {
    return summary[model][run][what].get<double>();
  };
  print_result(
      o.common, summary,
      format("training        CNN: loss %.3f to %.3f, %.1f %% right;  GPT: loss %.3f to %.3f\n"
             "maximization    %s: %.3f to %.3f (data maximum %.3f);  %s: %.3f to %.3f (data maximum %.3f)\n"
             "seconds         %.1f\n"
             "page            %s\n",
             number("cnn", "training", "first_loss"), number("cnn", "training", "last_loss"),
             100 * number("cnn", "training", "accuracy"), number("gpt", "training", "first_loss"),
             number("gpt", "training", "last_loss"), o.demo.cnn_unit.c_str(), number("cnn", "maximization", "start"),
             number("cnn", "maximization", "end"), number("cnn", "maximization", "data_max"), o.demo.gpt_unit.c_str(),
             number("gpt", "maximization", "start"), number("gpt", "maximization", "end"),
             number("gpt", "maximization", "data_max"), watch.seconds(), fs::absolute(page).string().c_str()));
  return 0;
}

}  // namespace

void add_demo(Command& program) {
  auto o = std::make_shared<Options>();
  Command command = program.command("demo", "Train and maximize, side by side, and write the page that shows it");
  add_common(command, o->common, "The folder for index.html and summary.json", "gradus-demo");
  command.number("--steps", o->demo.steps, "Of training, and of maximization, for each model",
                 whole_number(2, 1000000));
  command.text("--cnn-unit", o->demo.cnn_unit, "The CNN's unit to maximize");
  command.text("--gpt-unit", o->demo.gpt_unit, "The GPT's unit to maximize");
  command.epilogue("Examples:\n  gradus demo\n  gradus demo --steps 1000 --cnn-unit logits:3 --out three");
  command.does([o] { return demo(*o); });
}

}  // namespace gradus::app
