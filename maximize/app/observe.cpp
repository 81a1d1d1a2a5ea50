// gradus observe: runs much data through a model and shows what excites a unit most, and least.
#include <cmath>
#include <memory>

#include "autograd/error.h"
#include "maximize/app/command.h"
#include "maximize/app/outputs.h"
#include "maximize/app/weight_files.h"
#include "maximize/observation/observe.h"
#include "maximize/report/picture.h"
#include "model/data/load_images.h"
#include "model/files/file.h"
#include "model/files/huggingface.h"
#include "model/open.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  std::string file, data, unit;
  int keep = 9, heads = 0;
};

Json summary(const Options& o, const std::string& data, const Observation& seen) {
  if (!std::isfinite(seen.mean)) throw Error("observe: the unit's values on " + data + " are not finite");
  return {{"unit", o.unit},
          {"data", data},
          {"count", seen.count},
          {"mean", seen.mean},
          {"standard_deviation", seen.standard_deviation},
          {"out", o.common.out}};
}

std::string heading(const Options& o, const std::string& data, const Observation& seen, const char* what) {
  return format("unit %s on %lld %s of %s: mean %.4f, standard deviation %.4f\n", o.unit.c_str(),
                static_cast<long long>(seen.count), what, data.c_str(), seen.mean, seen.standard_deviation);
}

int observe_cnn(const Options& o, const SafetensorsFile& file) {
  TinyCnn cnn(file);
  expect_finite(file, cnn.parameters());
  const Unit unit = Unit::parse(o.unit);
  expect_fits(unit, cnn, cnn.input_shape(1));  // before the data are made
  const ImageData data = load_images(o.data, o.common.seed);
  const Observation seen = observe(cnn, data.train, unit, o.keep, o.common.threads);

  Json json = summary(o, data.name, seen);
  std::string text = heading(o, data.name, seen, "images");
  const Index kept = static_cast<Index>(seen.most.size()), pixels = data.train.pixels.shape().inner(0);
  Tensor sheet(data.train.pixels.shape().with(0, 2 * kept));
  Index row = 0;
  const auto add = [&](const char* name, const std::vector<Excitation>& list) {
    text += std::string(name) + ":\n";
    for (const Excitation& e : list) {
      const Index label = data.train.labels[e.sample];
      json[name].push_back({{"image", e.sample}, {"label", label}, {"value", e.value}});
      text += format("  %9.4f  image %-6lld a %lld\n", e.value, static_cast<long long>(e.sample),
                     static_cast<long long>(label));
      std::copy_n(data.train.pixels.data() + e.sample * pixels, pixels, sheet.data() + row++ * pixels);
    }
  };
  add("most", seen.most);
  add("least", seen.least);
  write_contact_sheet(o.common.out, sheet, kept, 3);
  print_result(o.common, json, text + "picture, the most above, the least below: " + o.common.out + "\n");
  return 0;
}

// The whole text. Throws InputError, which names the file, what is in no vocabulary, and where.
std::vector<Index> tokens_of_file(const Tokenizer& tokenizer, const std::string& path) {
  const std::string text = load_text(path);
  try {
    return tokenizer.encode(text);
  } catch (const InputError& e) {
    throw InputError(printable(path, 4096) + ": " + e.what());
  }
}

int observe_gpt(const Options& o, const SafetensorsFile& file) {
  TinyGpt gpt(file, o.heads);
  expect_finite(file, gpt.parameters());
  const auto tokenizer = tokenizer_of(file, gpt);
  const Index context = gpt.config().block_size;
  const Unit unit = Unit::parse(o.unit);
  const std::vector<Index> tokens =
      o.data.empty() ? load_text_data("", o.common.seed).validation : tokens_of_file(*tokenizer, o.data);
  const Observation seen = observe(gpt, tokens, context, unit, o.keep, o.common.threads);

  const std::string source = o.data.empty() ? "Orchard" : o.data;
  Json json = summary(o, source, seen);
  std::string text =
      heading(o, o.data.empty() ? "Orchard's sentences to validate with" : printable(source, 4096), seen, "tokens");
  const auto add = [&](const char* name, const std::vector<Excitation>& list) {
    text += std::string(name) + ":\n";
    for (const Excitation& e : list) {
      // what the model saw, at most 12 tokens
      const Index first = std::max(e.sample / context * context, e.sample - 12);
      const std::string before = tokenizer->decode(std::span(tokens).subspan(first, e.sample - first));
      const std::string token = tokenizer->token(tokens[e.sample]);
      json[name].push_back({{"before", before}, {"token", token}, {"value", e.value}});
      text += format("  %9.4f  %s%s[%s]\n", e.value, printable(before, 100).c_str(),
                     std::string(tokenizer->separator()).c_str(), printable(token, 20).c_str());
    }
  };
  add("most", seen.most);
  add("least", seen.least);
  if (!o.common.out.empty()) write_file_atomically(o.common.out, text);
  print_result(o.common, json, text);
  return 0;
}

int observe_unit(Options o) {
  const SafetensorsFile file(weight_file(o.file));
  expect_model(file);
  const ModelKind model = model_in(file);
  if (o.common.out.empty() && model == ModelKind::cnn) o.common.out = "observed.png";
  std::vector<std::string> inputs = files_of(o.file);
  inputs.push_back(o.data);
  expect_outputs({o.common.out}, inputs);
  return model == ModelKind::cnn ? observe_cnn(o, file) : observe_gpt(o, file);
}

}  // namespace

void add_observe(Command& program) {
  auto o = std::make_shared<Options>();
  o->file = shipped_weights("cnn.safetensors");
  o->unit = "conv2.relu:5";
  Command command = program.command("observe", "Show which samples of the data excite a unit most, and least");
  add_common(command, o->common, "A picture of the samples (CNN), or a text file (GPT)", "");
  command.file("file", o->file, "The weights, or a GPT-2 folder; by default the CNN that comes with gradus");
  command.text("--unit", o->unit, "ADDRESS:INDEX, as gradus inspect lists them, perhaps with ,PLACE");
  command.file("--data", o->data, "A folder with MNIST's files, or a text file; without it, Glyphs or Orchard");
  command.number("--keep", o->keep, "How many of each", whole_number(1, 100));
  add_heads(command, o->heads);
  command.epilogue(
      "Examples:\n  gradus observe --unit logits:3 --out threes.png\n"
      "  gradus observe model/weights/gpt.safetensors --unit h.1.mlp.act:37");
  command.does([o] { return observe_unit(*o); });
}

}  // namespace gradus::app
