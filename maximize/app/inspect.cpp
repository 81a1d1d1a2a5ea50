// gradus inspect: what is in a safetensors file, and which units the model in it has, where there is one.
#include <memory>

#include "autograd/error.h"
#include "maximize/app/command.h"
#include "maximize/app/outputs.h"
#include "maximize/app/weight_files.h"
#include "model/files/checkpoint.h"
#include "model/files/file.h"
#include "model/files/huggingface.h"
#include "model/open.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  std::string file;
  int heads = 0;
};

// Runs the model once on a small input and lists every named activation with its shape; B, N and T are 1, 1 and 2.
void run_once(Tape& t, const OpenedModel& model) {
  t.want("*");
  if (model.cnn) {
    const Index side = model.cnn->config().side;
    (*model.cnn)(t.constant(Tensor::zeros({1, 1, side, side})));
  } else {
    const Index T = std::min<Index>(2, model.gpt->config().block_size);
    (*model.gpt)(t, {{1, T}, std::vector<Index>(T, 0)});
  }
}

// What a file of ours holds, as metadata and names tell.
std::string kind_of(const SafetensorsFile& file) {
  const auto& metadata = file.header().metadata;
  if (is_checkpoint(file)) return "checkpoint";
  if (metadata.contains("unit") && file.header().find("embeddings")) return "embeddings";
  return model_in(file) == ModelKind::none ? "tensors" : "weights";
}

// Metadata and tensors: they are in every safetensors file, whoever wrote it.
std::string list_tensors(const SafetensorsHeader& header, Json& json) {
  std::string text;
  for (const auto& [key, value] : header.metadata) {
    json["metadata"][key] = value;
    text += "  " + printable(key, 40) + ": " + printable(value, 80) + "\n";
  }
  text += format("\n%zu tensors\n", header.entries.size());
  for (const SafetensorsEntry& e : header.entries) {
    std::vector<Index> sizes;
    for (int i = 0; i < e.shape.rank(); ++i) sizes.push_back(e.shape[i]);
    json["tensors"].push_back({{"name", e.name}, {"dtype", e.dtype}, {"shape", sizes}});
    text += format("  %-28s %-5s %s\n", printable(e.name, 60).c_str(), e.dtype.c_str(), e.shape.str().c_str());
  }
  json["values"] = header.values();
  return text + format("  %lld values\n", static_cast<long long>(header.values()));
}

std::string list_units(const OpenedModel& model, int threads, Json& json) {
  std::string text;
  if (model.gpt) {
    const GptConfig& c = model.gpt->config();
    text += format("\nmodel: a TinyGpt of %d layers, %d attention heads, width %lld, context %lld, %lld tokens\n",
                   c.n_layer, c.n_head, static_cast<long long>(c.n_embd), static_cast<long long>(c.block_size),
                   static_cast<long long>(c.vocab_size));
  } else {
    const CnnConfig& c = model.cnn->config();
    text += format("\nmodel: a TinyCnn for images of %lld x %lld pixels and %lld classes\n",
                   static_cast<long long>(c.side), static_cast<long long>(c.side), static_cast<long long>(c.classes));
  }
  Tape t({}, threads);
  run_once(t, model);
  text += "\nunits: ADDRESS:INDEX, to observe and to maximize\n";
  for (const std::string& address : t.addresses()) {
    const Shape& s = t.find(address).shape();
    const Index units = s.rank() == 4 ? s[1] : s[-1];
    const bool weights = s.rank() == 4 && model.gpt, images = s.rank() == 4 && model.cnn;
    json["units"].push_back({{"address", address}, {"count", units}});
    if (weights) json["units"].back()["places"] = {"previous", "first", "self"};
    text += format("  %-28s 0 ... %-6lld %s\n", address.c_str(), static_cast<long long>(units - 1),
                   images    ? "channels, averaged over the image"
                   : weights ? "heads, each with ,previous ,first ,self or ,QUERY,KEY"
                             : "");
  }
  return text;
}

int inspect(const Options& o) {
  expect_outputs({o.common.out}, files_of(o.file));
  const SafetensorsFile file(weight_file(o.file));
  Json json = {{"file", o.file},           {"holds", kind_of(file)}, {"model", ""},   {"metadata", Json::object()},
               {"tensors", Json::array()}, {"units", Json::array()}, {"no_model", ""}};
  std::string text = printable(o.file, 4096) + ": " + kind_of(file) + "\n" + list_tensors(file.header(), json);
  try {
    const OpenedModel model = open_model(file, o.heads);
    text += list_units(model, o.common.threads, json);
    json["model"] = model.cnn ? "cnn" : "gpt";
  } catch (const InputError& e) {  // no model of ours: the tensors are all that there is to tell
    json["no_model"] = e.what();
    text += std::string("\nno model: ") + e.what() + "\n";
  }
  if (!o.common.out.empty())
    write_file_atomically(o.common.out, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  print_result(o.common, json, text);
  return 0;
}

}  // namespace

void add_inspect(Command& program) {
  auto o = std::make_shared<Options>();
  Command command = program.command("inspect", "Tell what is in a safetensors file and which units its model has");
  add_common(command, o->common, "A JSON file to write as well", "");
  command.file("file", o->file, "A safetensors file, or a GPT-2 folder", true);
  add_heads(command, o->heads);
  command.epilogue("Example:\n  gradus inspect model/weights/cnn.safetensors");
  command.does([o] { return inspect(*o); });
}

}  // namespace gradus::app
