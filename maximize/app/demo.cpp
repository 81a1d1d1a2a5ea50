// gradus demo: trains both models for some seconds, maximizes a unit of each, and writes the page that shows both
// sides.
#include "maximize/app/demo.h"

#include <filesystem>
#include <memory>

#include "autograd/error.h"
#include "autograd/kernels/parallel.h"
#include "maximize/app/outputs.h"
#include "maximize/app/page.h"
#include "maximize/app/weight_files.h"
#include "model/files/file.h"

namespace gradus::app {

bool snapshot_due(int step, int steps, int count) {
  return static_cast<long long>(step) * count / steps != static_cast<long long>(step - 1) * count / steps;
}

Json page_leaf(const std::string& name, std::uint64_t before, std::uint64_t after) {
  return {{"name", name}, {"hash_before", hex(before)}, {"hash_after", hex(after)}};
}

Json verdict(const std::string& claim, const std::string& threshold, const std::string& measured, bool holds) {
  return {{"claim", claim}, {"threshold", threshold}, {"measured", measured}, {"verdict", holds ? "HOLDS" : "FAILS"}};
}

namespace {

struct Options {
  Common common;
  DemoSettings demo;
};

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
  // What is wrong with a unit or a weight file shows before the first training, not after it.
  expect_unit(TinyCnn(SafetensorsFile(shipped_weights("cnn.safetensors"))), Unit::parse(o.demo.cnn_unit));
  expect_unit(TinyGpt(SafetensorsFile(shipped_weights("gpt.safetensors"))), Unit::parse(o.demo.gpt_unit));

  const Interrupt interrupt;
  const Stopwatch watch;
  Json settings = Json::array(), verdicts = Json::array(), frames = Json::array(), summary;
  for (const auto& [name, make] : {std::pair{"cnn", &cnn_frame}, std::pair{"gpt", &gpt_frame}}) {
    Frame frame = make(o.demo, interrupt);
    if (frame.stopped) {
      std::fprintf(stderr, "gradus: stopped; no page was written\n");
      return interrupted_status;
    }
    settings.insert(settings.end(), frame.settings.begin(), frame.settings.end());
    verdicts.insert(verdicts.end(), frame.verdicts.begin(), frame.verdicts.end());
    frames.push_back(std::move(frame.page));
    summary[name] = std::move(frame.summary);
  }
  const int threads = o.common.threads > 0 ? o.common.threads : available_threads();
  const std::string command = format("gradus demo --seed %llu --steps %d --cnn-unit %s --gpt-unit %s",
                                     static_cast<unsigned long long>(o.common.seed), o.demo.steps,
                                     o.demo.cnn_unit.c_str(), o.demo.gpt_unit.c_str());
  const Json data = {
      {"title",
       {{"heading", "Gradus: one tape, two directions"},
        {"sentence",
         "The same function and the same tape, twice: training moves the weights to lower a loss; reverse optimization locks them and moves the input to raise one unit."}}},
      {"meta",
       {{"command", command},
        {"seed", o.common.seed},
        {"threads", threads},
        {"seconds", format("%.1f", watch.seconds())},
        {"version", GRADUS_VERSION},
        {"settings", settings},
        {"verdicts", verdicts}}},
      {"code", code_of_both_directions()},
      {"frames", frames}};
  write_file_atomically(page, make_page(data));
  summary["command"] = command;
  summary["seconds"] = watch.seconds();
  summary["threads"] = threads;
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
