// gradus tape: the tape of one small forward and backward pass, as a table, as a drawing, or node by node.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "autograd/error.h"
#include "autograd/random.h"
#include "maximize/app/command.h"
#include "maximize/app/outputs.h"
#include "maximize/app/walk.h"
#include "maximize/report/tape_drawing.h"
#include "model/data/glyphs.h"
#include "model/files/file.h"
#include "model/open.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  std::string model;
  int heads = 0;
  bool svg = false, step = false, check = false;
};

// The model of a weight file, or one with random weights where none is shipped. `source` tells which.
OpenedModel open(const Options& o, std::string& source) {
  OpenedModel model;
  const bool named = o.model == "cnn" || o.model == "gpt";
  const std::string path = named ? shipped_weights(o.model + ".safetensors") : o.model;
  if (named && access(path.c_str(), R_OK) != 0) {
    source = "random weights";
    if (o.model == "cnn") {
      model.cnn = std::make_unique<TinyCnn>(CnnConfig{4, 8, 16, 10, 28});
      model.cnn->initialize(o.common.seed);
    } else {
      model.gpt = std::make_unique<TinyGpt>(GptConfig{32, 16, 2, 2, 16, 0});
      model.gpt->initialize(o.common.seed);
    }
    return model;
  }
  source = path;
  return open_model(SafetensorsFile(path), o.heads);
}

// Two images, or one text of at most eight tokens, all random; the loss is the cross-entropy that training lowers.
Var record(Tape& t, const OpenedModel& model, std::uint64_t seed) {
  if (model.cnn) {
    const CnnConfig& c = model.cnn->config();
    Images two = make_glyphs(seed, 2, 0, 1);
    if (c.side != 28) {
      Random random(seed, "tape.images");
      two.pixels = Tensor(Shape{2, 1, c.side, c.side});
      for (Real& x : two.pixels.values()) x = static_cast<Real>(random.uniform());
    }
    for (Index& label : two.labels) label %= c.classes;
    return t.name(cross_entropy((*model.cnn)(t.constant(two.pixels)), two.labels), "loss");
  }
  const GptConfig& c = model.gpt->config();
  const Index T = std::min<Index>(8, c.block_size);
  Random random(seed, "tape.tokens");
  std::vector<Index> tokens, targets;
  for (Index i = 0; i < T; ++i) {
    tokens.push_back(random.below(c.vocab_size));
    targets.push_back(random.below(c.vocab_size));
  }
  return t.name(cross_entropy((*model.gpt)(t, {{1, T}, tokens}), targets), "loss");
}

Json to_json(const ValueSummary& s) {
  return {{"low", s.low}, {"high", s.high}, {"mean", s.mean}, {"count", s.count}, {"not_finite", s.not_finite}};
}

Json to_json(const std::vector<TapeRow>& rows) {
  Json all = Json::array();
  for (const TapeRow& r : rows) {
    std::vector<Index> sizes;
    for (int i = 0; i < r.shape.rank(); ++i) sizes.push_back(r.shape[i]);
    all.push_back({{"number", r.number},
                   {"op", r.op},
                   {"formula", r.formula},
                   {"name", r.name},
                   {"scope", r.scope},
                   {"shape", sizes},
                   {"value", to_json(r.value)},
                   {"gradient", r.has_gradient ? to_json(r.gradient) : Json()},
                   {"state", r.moves    ? "moves"
                             : r.frozen ? "frozen"
                                        : "interior"},
                   {"inputs", r.inputs},
                   {"file", r.file},
                   {"line", r.line},
                   {"bytes", r.bytes},
                   {"forward_seconds", r.forward_seconds},
                   {"backward_seconds", r.backward_seconds}});
  }
  return all;
}

int show_tape(Options o) {
  if (o.svg && o.common.out.empty()) o.common.out = "tape.svg";
  std::string source;
  const OpenedModel model = open(o, source);
  expect_outputs({o.common.out}, {source});
  Tape t(model.parameters(), o.common.threads);
  t.check_finite(o.check);
  if (!o.step) {  // once untimed: the first pass starts the threads and fetches the memory
    t.backward(record(t, model, o.common.seed));
    t.clear();
    t.zero_grad();
    t.measure_time(true);
  }
  const Var loss = record(t, model, o.common.seed);
  if (o.step) return walk(t, loss, std::cin, std::cout, isatty(STDIN_FILENO) == 1);
  t.backward(loss);
  const std::vector<TapeRow> rows = t.table();
  Json json = {{"model", model.cnn ? "cnn" : "gpt"},
               {"weights", source},
               {"loss", static_cast<double>(loss.item())},
               {"nodes", to_json(rows)}};
  std::string words =
      text(rows) + format("%zu nodes, loss %.4f, %s\n", rows.size(), static_cast<double>(loss.item()), source.c_str());
  if (o.svg) {
    write_file_atomically(o.common.out, drawing(rows));
    json["out"] = o.common.out;
    words = "picture: " + o.common.out + "\n";
  } else if (!o.common.out.empty()) {
    write_file_atomically(o.common.out, json.dump(2) + "\n");
  }
  print_result(o.common, json, words);
  return 0;
}

}  // namespace

void add_tape(Command& program) {
  auto o = std::make_shared<Options>();
  Command command = program.command("tape", "Show a forward and backward pass: a table, a drawing, or step by step");
  add_common(command, o->common, "The drawing (tape.svg where not given); without --svg, a JSON file to write as well",
             "");
  command.file("model", o->model, "cnn or gpt (the weights that come with gradus, else random ones), or a file", true);
  add_heads(command, o->heads);
  command.flag("--svg", o->svg, "Draw it instead, grouped by module");
  command.flag("--step", o->step, "Walk the backward pass: Enter runs a node, b NAME runs to one, p NAME prints");
  command.excludes("--step", {"--svg", "--json", "--out"});
  command.flag("--check-finite", o->check, "Stop at the first NaN or infinity and name the node");
  command.epilogue("Examples:\n  gradus tape gpt\n  gradus tape cnn --svg --out cnn.svg\n  gradus tape gpt --step");
  command.does([o] { return show_tape(*o); });
}

}  // namespace gradus::app
