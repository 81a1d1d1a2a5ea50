// gradus tape: the tape of one small forward and backward pass, as a table, as a drawing, or node by node.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "autograd/error.h"
#include "maximize/app/command.h"
#include "maximize/app/outputs.h"
#include "maximize/app/quiz.h"
#include "maximize/app/walk.h"
#include "maximize/app/weight_files.h"
#include "maximize/report/tape_drawing.h"
#include "model/data/glyphs.h"
#include "model/data/orchard.h"
#include "model/files/file.h"
#include "model/files/huggingface.h"
#include "model/open.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  std::string model;
  int heads = 0, questions = 5;
  bool svg = false, step = false, check = false, quiz = false;
};

// The model of a weight file, or one with random weights where none is shipped.
struct Opened {
  OpenedModel model;
  std::shared_ptr<const Tokenizer> tokenizer;  // null where the file names none
  std::string source;
};

Opened open(const Options& o) {
  const bool named = o.model == "cnn" || o.model == "gpt";
  const std::string path = named ? shipped_weights(o.model + ".safetensors") : o.model;
  Opened opened;
  if (named && access(path.c_str(), R_OK) != 0) {
    opened.source = "random weights";
    if (o.model == "cnn") {
      opened.model.cnn = std::make_unique<TinyCnn>(CnnConfig{4, 8, 16, 10, 28});
      opened.model.cnn->initialize(o.common.seed);
    } else {
      opened.model.gpt = std::make_unique<TinyGpt>(GptConfig{32, 16, 2, 2, 16, 0});
      opened.model.gpt->initialize(o.common.seed);
    }
    return opened;
  }
  const SafetensorsFile file(weight_file(path));
  opened.source = path;
  opened.model = open_model(file, o.heads);
  if (opened.model.gpt) try {
      opened.tokenizer = tokenizer_of(file, *opened.model.gpt);
    } catch (const InputError&) {
    }
  return opened;
}

// What the pass is made of: the loss that training lowers, and what the model was shown.
struct Pass {
  Var loss;
  std::string input;
};

// Two drawn digits, made larger or smaller where the model takes other sizes.
Pass record_digits(Tape& t, const TinyCnn& cnn, std::uint64_t seed) {
  const Index side = cnn.config().side, drawn = 28;
  const Images two = make_glyphs(seed, 2, 0, 1);
  Tensor pixels(Shape{2, 1, side, side});
  for (Index n = 0; n < 2; ++n)
    for (Index y = 0; y < side; ++y)
      for (Index x = 0; x < side; ++x)
        pixels[(n * side + y) * side + x] = two.pixels[(n * drawn + y * drawn / side) * drawn + x * drawn / side];
  std::vector<Index> labels;
  for (const Index label : two.labels) labels.push_back(label % cnn.config().classes);
  return {t.name(cross_entropy(cnn(t.constant(pixels)), labels), "loss"),
          format("the digits %lld and %lld", static_cast<long long>(labels[0]), static_cast<long long>(labels[1]))};
}

// Tokens 0 ... count - 1 of a text that the model can read: Orchard's sentences where it knows their words or their
// letters, otherwise what it says itself.
std::vector<Index> sentence(const TinyGpt& gpt, const Tokenizer* tokenizer, Index count, std::uint64_t seed) {
  const std::vector<Index> ids = make_orchard(seed, count).ids();
  const std::string words = orchard_tokenizer()->decode(ids);
  for (const std::string& text : {words, words.substr(words.find(' ') + 1)}) try {  // without its "<bos>"
      if (!tokenizer) break;
      std::vector<Index> tokens = tokenizer->encode(text);
      if (static_cast<Index>(tokens.size()) < count) continue;
      tokens.resize(count);
      return tokens;
    } catch (const InputError&) {  // it has other words, or other letters
    }
  const Index start = tokenizer ? tokenizer->start() : 0;
  return generate(gpt, {start}, static_cast<int>(count) - 1, {.temperature = 0});
}

// One text of at most eight tokens.
Pass record_text(Tape& t, const TinyGpt& gpt, const Tokenizer* tokenizer, std::uint64_t seed) {
  const Index T = std::min<Index>(8, gpt.config().block_size);
  const std::vector<Index> all = sentence(gpt, tokenizer, T + 1, seed);
  const Var logits = gpt(t, {{1, T}, {all.begin(), all.end() - 1}});
  return {t.name(cross_entropy(logits, {all.begin() + 1, all.end()}), "loss"),
          tokenizer ? "\"" + printable(tokenizer->decode(all)) + "\"" : "tokens that the model chose"};
}

Pass record(Tape& t, const Opened& o, std::uint64_t seed) {
  return o.model.cnn ? record_digits(t, *o.model.cnn, seed) : record_text(t, *o.model.gpt, o.tokenizer.get(), seed);
}

// The columns of the terminal that standard output is; 0 where it is none.
int terminal_width() {
  winsize size{};
  return isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
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
                   {"derivative", r.derivative},
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
  if (o.quiz) return quiz(o.common, o.questions);
  if (o.model.empty()) throw InputError("model is required: cnn, gpt or a weight file; or --quiz, which needs none");
  if (o.svg && o.common.out.empty()) o.common.out = "tape.svg";
  const Opened opened = open(o);
  expect_outputs({o.common.out}, files_of(opened.source));
  Tape t(opened.model.parameters(), o.common.threads);
  t.check_finite(o.check);
  if (!o.step) {  // once untimed: the first pass starts the threads and fetches the memory
    t.backward(record(t, opened, o.common.seed).loss);
    t.clear();
    t.zero_grad();
    t.measure_time(true);
  }
  const auto [loss, input] = record(t, opened, o.common.seed);
  if (o.step) std::cout << "input: " << input << "\n";
  if (o.step) return walk(t, loss, std::cin, std::cout, isatty(STDIN_FILENO) == 1);
  t.backward(loss);
  const std::vector<TapeRow> rows = t.table();
  Json json = {{"model", opened.model.cnn ? "cnn" : "gpt"},
               {"weights", opened.source},
               {"input", input},
               {"loss", static_cast<double>(loss.item())},
               {"nodes", to_json(rows)}};
  std::string words =
      text(rows, terminal_width()) + format("%zu nodes, loss %.4f on %s, %s\n", rows.size(),
                                            static_cast<double>(loss.item()), input.c_str(), opened.source.c_str());
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
  command.file("model", o->model,
               "cnn or gpt (the weights that come with gradus, else random ones), a file, or a GPT-2 folder");
  add_heads(command, o->heads);
  command.flag("--svg", o->svg, "Draw it instead, grouped by module");
  command.flag("--step", o->step, "Walk the backward pass: Enter runs a node, b NAME runs to one, p NAME prints");
  command.excludes("--step", {"--svg", "--json", "--out"});
  command.flag("--quiz", o->quiz,
               "Be asked for gradients of a small tape that the seed draws, before they are computed");
  command.number("--questions", o->questions, "Of the quiz", whole_number(1, 1000));
  command.flag("--check-finite", o->check, "Stop at the first NaN or infinity and name the node");
  command.excludes("--quiz", {"model", "--step", "--svg", "--out", "--heads", "--check-finite"});
  command.epilogue(
      "Examples:\n  gradus tape gpt\n  gradus tape cnn --svg --out cnn.svg\n  gradus tape gpt --step\n  gradus tape --quiz --seed 7");
  command.does([o] { return show_tape(*o); });
}

}  // namespace gradus::app
