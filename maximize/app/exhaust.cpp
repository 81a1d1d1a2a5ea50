// gradus exhaust: tries all texts of a length, and shows those that excite a unit most.
#include <cmath>
#include <memory>

#include "autograd/error.h"
#include "maximize/app/command.h"
#include "maximize/app/outputs.h"
#include "maximize/app/weight_files.h"
#include "maximize/searches/exhaustive.h"
#include "model/files/file.h"
#include "model/files/weights.h"
#include "model/open.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  std::string file, unit;
  int length = 2, keep = 100, shown = 10, heads = 0;
};

int exhaust(const Options& o) {
  expect_outputs({o.common.out}, {o.file});
  const SafetensorsFile file(o.file);
  expect_model(file, ModelKind::gpt);
  TinyGpt gpt(file, o.heads);
  expect_finite(file, gpt.parameters());
  const auto tokenizer = tokenizer_of(file, gpt);
  TextValues values(gpt, Unit::parse(o.unit), o.length, o.common.threads);
  Exhaustion all(values, o.keep);

  const Interrupt interrupt;
  const Stopwatch watch;
  {
    ProgressLine line("exhaust " + o.unit);
    while (!all.done() && !interrupt.pending()) {
      all.next();
      line.show(static_cast<int>(all.tried()), static_cast<int>(all.texts()), format("highest %.4f", all.highest()));
    }
  }
  const double seconds = watch.seconds();
  if (all.tried() == 0) return interrupted_status;
  Json json = {{"unit", o.unit},         {"length", o.length},
               {"texts", all.texts()},   {"tried", all.tried()},
               {"mean", all.mean()},     {"standard_deviation", all.standard_deviation()},
               {"lowest", all.lowest()}, {"highest", all.highest()},
               {"seconds", seconds},     {"texts_per_second", static_cast<double>(all.tried()) / seconds},
               {"out", o.common.out}};
  std::string text = format(
      "unit %s on %lld of %lld texts of %d tokens (%.0f a second): mean %.4f, standard deviation %.4f, lowest %.4f\n",
      o.unit.c_str(), static_cast<long long>(all.tried()), static_cast<long long>(all.texts()), o.length,
      static_cast<double>(all.tried()) / seconds, all.mean(), all.standard_deviation(), all.lowest());
  std::string list;
  int shown = 0;
  for (const auto& [value, tokens] : all.best()) {
    const std::string words = tokenizer->decode(tokens);
    json["best"].push_back({{"value", value}, {"text", words}, {"tokens", tokens}});
    const std::string row = format("  %9.4f  %s\n", value, printable(words, 200).c_str());
    list += row;
    if (shown++ < o.shown) text += row;
  }
  if (!o.common.out.empty()) write_file_atomically(o.common.out, list);
  print_result(o.common, json, text);
  if (all.done()) return 0;
  std::fprintf(stderr, "gradus: stopped after %lld of %lld texts; these are the best of those\n",
               static_cast<long long>(all.tried()), static_cast<long long>(all.texts()));
  return interrupted_status;
}

}  // namespace

void add_exhaust(Command& program) {
  auto o = std::make_shared<Options>();
  o->file = shipped_weights("gpt.safetensors");
  o->unit = "h.1.mlp.act:37,last";
  Command command = program.command("exhaust", "Try all texts of a length: the true optimum of a unit");
  add_common(command, o->common, "A text file for the best texts, a line each", "");
  command.file("file", o->file, "A GPT's weights; by default those that come with gradus, with 126 words");
  command.text("--unit", o->unit, "ADDRESS:INDEX, as gradus inspect lists them; ,last: at the last token alone");
  command.number("--length", o->length, "Tokens in a text: there are V^LENGTH of them, with a vocabulary of V",
                 whole_number(1, 1000));
  command.number("--keep", o->keep, "How many of the best are kept, for --json and --out", whole_number(1, 100000));
  add_heads(command, o->heads);
  command.epilogue(
      "Examples:\n  gradus exhaust --length 2\n"
      "  gradus exhaust --unit h.1.mlp.act:100,last --length 3 --keep 1000 --out best.txt");
  command.does([o] { return exhaust(*o); });
}

}  // namespace gradus::app
