// gradus maximize: raises a unit's activation by changing the input, the weights frozen.
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <memory>

#include "autograd/error.h"
#include "maximize/app/command.h"
#include "maximize/app/image_options.h"
#include "maximize/app/outputs.h"
#include "maximize/app/profile.h"
#include "maximize/app/verdicts.h"
#include "maximize/app/weight_files.h"
#include "maximize/observation/decode.h"
#include "maximize/observation/observe.h"
#include "maximize/report/picture.h"
#include "maximize/searches/gradient_search.h"
#include "model/data/load_images.h"
#include "model/files/file.h"
#include "model/files/huggingface.h"
#include "model/files/weights.h"
#include "model/open.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  std::string file, data, unit;
  int heads = 0;
  int steps = 0;  // 0: the model's own default
  double lr = 0;  // the same
  int every = 0;  // steps between the pictures on the way, 0 for none
  bool profile = false;
  ImageOptions image;
  EmbeddingSearch text;
};

// Where the picture after so many steps goes: three.png, 50 -> three-000050.png.
std::string picture_at(const std::string& out, int step) {
  const std::filesystem::path path(out);
  return (path.parent_path() / (path.stem().string() + format("-%06d", step) + path.extension().string())).string();
}

// All files that the command writes. Throws InputError where they are too many.
std::vector<std::string> outputs(const Options& o, int steps) {
  constexpr int most = 1000;
  std::vector<std::string> all = {o.common.out};
  if (o.every > 0 && steps / o.every > most)
    throw InputError(format("--every: expected at most %d pictures, got %d", most, steps / o.every));
  if (!o.image.map.empty()) all.push_back(o.image.map);
  for (int step = o.every; o.every > 0 && step < steps; step += o.every) all.push_back(picture_at(o.common.out, step));
  return all;
}

// Runs a search of either kind with progress line, profile and Ctrl-C.
template <class Start>
Record watched(const Options& o, int steps, ProfileOption& profile, const Start& start, GradientMap* map = nullptr) {
  const Interrupt interrupt;
  ProgressLine line("maximize " + o.unit);
  Record found = start([&](const Moment& m) {
    profile.add(m.tape);
    if (map) map->add(m.tape);
    line.show(m.step, steps, format("objective %.4f", m.value));
    const int before = m.step - 1;  // the recording is of the input after so many steps
    if (o.every > 0 && before > 0 && before % o.every == 0)
      write_contact_sheet(picture_at(o.common.out, before), m.tape.find("input").value(), 1, 8);
    return !interrupt.pending();
  });
  if (!std::isfinite(found.activation().back()))
    throw Error(format("maximize: the activation is not finite (%g) after step %d; nothing was written",
                       found.activation().back(), found.steps() - 1));
  return found;
}

// What the reports of both models have in common.
Json summary(const Options& o, const Record& s, std::uint64_t before, std::uint64_t after, double seconds) {
  return {{"unit", o.unit},
          {"start", s.activation().front()},
          {"end", s.activation().back()},
          {"steps", s.steps()},
          {"starts", s.draws},
          {"stopped", s.stopped},
          {"weights_hash_before", hex(before)},
          {"weights_hash_after", hex(after)},
          {"gradient_buffers", s.leaf_gradients},
          {"seconds", seconds},
          {"seed", o.common.seed},
          {"out", o.common.out}};
}

std::string frozen_line(std::uint64_t before, std::uint64_t after, const Record& s) {
  return "weights: " + std::string(before == after ? "unchanged" : "CHANGED") + " (" + hex(before) + " before, " +
         hex(after) + format(" after); gradient buffers allocated: %zu, the input's\n", s.leaf_gradients);
}

// The exit status; a search that was stopped by Ctrl-C says so, for its result is written all the same.
int finished(const Options& o, const Record& s) {
  if (!s.stopped) return 0;
  std::fprintf(stderr, "gradus: stopped after %d steps; %s holds the result so far\n", s.steps(),
               printable(o.common.out, 4096).c_str());
  return interrupted_status;
}

// The image itself, where a terminal can show it.
std::string on_terminal(const Tensor& image) {
  return isatty(STDOUT_FILENO) == 1 ? terminal_picture(contact_sheet(image)) : "";
}

int maximize_cnn(Options o, const SafetensorsFile& file) {
  TinyCnn cnn(file);
  expect_finite(file, cnn.parameters());
  const Unit unit = Unit::parse(o.unit);
  expect_fits(unit, cnn, cnn.input_shape(1));  // before the data are made
  const ImageData data = load_images(o.data, o.common.seed);
  const Observation seen = observe(cnn, data.train, unit, 1, o.common.threads);
  o.image.search.seed = o.common.seed;
  o.image.search.threads = o.common.threads;
  o.image.search.data_maximum = seen.most.front().value;
  const double noise =
      noise_activation(cnn, unit, *parametrization_of(o.image.search, cnn, 200), o.common.seed, o.common.threads);
  o.image.search.start.images = o.image.start_image(data.train);

  const std::uint64_t before = hash(cnn.parameters());
  const Stopwatch watch;
  ProfileOption profile(o.profile);
  GradientMap map;
  const Objective raised = o.image.minimize ? -Objective(unit) : Objective(unit);
  const Record s = watched(
      o, o.image.search.steps, profile,
      [&](OnMoment show) { return maximize_image(cnn, raised, o.image.search, show); },
      o.image.map.empty() ? nullptr : &map);
  const std::uint64_t after = hash(cnn.parameters());
  write_contact_sheet(o.common.out, s.end(), 1, 8);
  if (!o.image.map.empty()) map.write(o.image.map);

  Json json = summary(o, s, before, after, watch.seconds());
  json["model"] = "cnn";
  json["noise_mean"] = noise;
  json["data_mean"] = seen.mean;
  json["data_max"] = seen.most.front().value;
  json["data"] = data.name;
  json["above_data_max"] = s.activation().back() > seen.most.front().value;
  const Verdicts verdicts =
      cnn.config().side == glyph_side ? verdicts_of(s.end(), data, o.common.threads) : Verdicts{Json::object(), ""};
  json.update(verdicts.json);
  json["minimize"] = o.image.minimize;
  json["start_at"] = o.image.start;
  for (const auto& [name, value] : s.settings) std::visit([&](const auto& v) { json["settings"][name] = v; }, value);
  profile.add_to(json);
  print_result(o.common, json,
               format("unit %s: %.4f at the start, %.4f after %d steps\n"
                      "for comparison: mean over noise %.4f, mean over %s %.4f, maximum over %s %.4f\n",
                      o.unit.c_str(), s.activation().front(), s.activation().back(), s.steps(), noise,
                      data.name.c_str(), seen.mean, data.name.c_str(), seen.most.front().value) +
                   verdicts.text + frozen_line(before, after, s) + "picture: " + o.common.out + "\n" +
                   on_terminal(s.end()) + profile.text());
  return finished(o, s);
}

int maximize_gpt(Options o, const SafetensorsFile& file) {
  TinyGpt gpt(file, o.heads);
  expect_finite(file, gpt.parameters());
  const Unit unit = Unit::parse(o.unit);
  const auto tokenizer = tokenizer_of(file, gpt);
  const std::uint64_t before = hash(gpt.parameters());
  const Stopwatch watch;
  o.text.seed = o.common.seed;
  o.text.threads = o.common.threads;
  if (o.steps > 0) o.text.steps = o.steps;
  if (o.lr > 0) o.text.lr = o.lr;
  ProfileOption profile(o.profile);
  const Record s =
      watched(o, o.text.steps, profile, [&](OnMoment show) { return maximize_embeddings(gpt, unit, o.text, show); });
  const std::uint64_t after = hash(gpt.parameters());
  const Tensor& table = gpt.wte.weight.value();
  const NullCosine null = null_cosine(table, 500, o.common.seed);
  const SafetensorsTensor found = to_write("embeddings", s.end());
  write_safetensors(o.common.out, {&found, 1}, {{"unit", o.unit}});

  Json json = summary(o, s, before, after, watch.seconds());
  json["model"] = "gpt";
  json["null_cosine"] = {{"mean", null.mean}, {"standard_deviation", null.standard_deviation}};
  json["settings"] = {{"lr", o.text.lr}, {"lambda", o.text.lambda}, {"vectors", o.text.vectors}};
  std::string words;
  for (const auto& row : nearest_tokens(table, s.end(), 3)) {
    Json near = Json::array();
    words += " ";
    for (const Neighbour& n : row) {
      near.push_back({{"token", tokenizer->token(n.token)}, {"cosine", n.cosine}});
      words += format("  %s %.3f", printable(tokenizer->token(n.token), 20).c_str(), n.cosine);
    }
    words += "\n";
    json["nearest"].push_back(near);
  }
  profile.add_to(json);
  print_result(
      o.common, json,
      format("unit %s: %.4f at the random vectors, %.4f after %d steps\n"
             "the vectors' nearest tokens and their cosines (best cosine of a random direction: %.3f +- %.3f):\n",
             o.unit.c_str(), s.activation().front(), s.activation().back(), s.steps(), null.mean,
             null.standard_deviation) +
          words + frozen_line(before, after, s) + "embeddings: " + o.common.out + "\n" + profile.text());
  return finished(o, s);
}

int maximize_unit(Options o) {
  o.image.read();
  if (o.steps > 0) o.image.search.steps = o.steps;
  if (o.lr > 0) o.image.search.lr = o.lr;
  const SafetensorsFile file(weight_file(o.file));
  expect_model(file);
  const ModelKind model = model_in(file);
  if (o.common.out.empty()) o.common.out = model == ModelKind::cnn ? "maximized.png" : "maximized.safetensors";
  if (o.every > 0 && model != ModelKind::cnn)
    throw InputError("--every: pictures on the way are of images, not of a text");
  if (!o.image.map.empty() && model != ModelKind::cnn) throw InputError("--map: a map is of an image, not of a text");
  std::vector<std::string> inputs = files_of(o.file);
  inputs.push_back(o.data);
  if (model == ModelKind::cnn)
    for (const std::string& judge : judge_files()) inputs.push_back(judge);
  expect_outputs(outputs(o, o.image.search.steps), inputs);
  return model == ModelKind::cnn ? maximize_cnn(o, file) : maximize_gpt(o, file);
}

}  // namespace

void add_maximize(Command& program) {
  auto o = std::make_shared<Options>();
  o->file = shipped_weights("cnn_noise.safetensors");
  o->unit = "logits:3";
  Command command = program.command("maximize", "Change an input until it excites a unit as much as it can");
  add_common(command, o->common, "A picture (CNN), or a safetensors file with the embeddings (GPT)", "");
  command.file("file", o->file,
               "The weights, or a GPT-2 folder; by default the CNN that comes with gradus and was trained with noise");
  command.text("--unit", o->unit, "ADDRESS:INDEX, as gradus inspect lists them, perhaps with ,PLACE");
  command.number("--steps", o->steps, "How many; by default 300 for images, 500 for embeddings",
                 whole_number(1, 10000000));
  command.number("--lr", o->lr, "Adam's learning rate; by default 0.05 for images, 0.01 for embeddings",
                 number_above_0());
  o->image.add_to(command);
  command.file("--data", o->data, "Images: a folder with MNIST's files to compare with, instead of Glyphs");
  command.number("--lambda", o->text.lambda, "Embeddings: weight of their mean squared length", number_from_0());
  command.number("--vectors", o->text.vectors, "Embeddings: how many", whole_number(1, 4096));
  command.number("--every", o->every, "Images: steps between pictures on the way, OUT-000050.png and so on; 0 for none",
                 whole_number(0, 10000000));
  command.flag("--profile", o->profile, ProfileOption::help);
  add_heads(command, o->heads);
  command.epilogue(
      "The defaults for images are the recipe by which the network that was trained with noise shows digits that a person can "
      "read. The plain network does not, by the same recipe; nor does this one without a penalty.\n\n"
      "Examples:\n  gradus maximize --unit logits:3 --out three.png\n"
      "  gradus maximize model/weights/cnn.safetensors --unit conv2.relu:5\n"
      "  gradus maximize --basis pixels --l2 0 --tv 0 --jitter 0\n  gradus maximize --start 7 --map where.png\n"
      "  gradus maximize model/weights/gpt.safetensors --unit h.1.mlp.act:37 --profile");
  command.does([o] { return maximize_unit(*o); });
}

}  // namespace gradus::app
