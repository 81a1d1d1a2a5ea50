// gradus inspect: what is in a weight file, and which units the model in it has.
#include <memory>

#include "maximize/app/command.h"
#include "maximize/app/outputs.h"
#include "model/files/file.h"
#include "model/open.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  std::string file;
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

int inspect(const Options& o) {
  expect_outputs({o.common.out}, {o.file});
  const SafetensorsFile file(o.file);
  const SafetensorsHeader& header = file.header();
  Json json = {{"file", o.file},
               {"model", ""},
               {"metadata", Json::object()},
               {"tensors", Json::array()},
               {"units", Json::array()}};
  std::string text = o.file + "\n";
  for (const auto& [key, value] : header.metadata) {
    json["metadata"][key] = value;
    text += "  " + printable(key, 40) + ": " + printable(value, 80) + "\n";
  }
  Index values = 0;
  text += format("\n%zu tensors\n", header.entries.size());
  for (const SafetensorsEntry& e : header.entries) {
    values += e.shape.size();
    std::vector<Index> sizes;
    for (int i = 0; i < e.shape.rank(); ++i) sizes.push_back(e.shape[i]);
    json["tensors"].push_back({{"name", e.name}, {"dtype", e.dtype}, {"shape", sizes}});
    text += format("  %-28s %-5s %s\n", printable(e.name, 60).c_str(), e.dtype.c_str(), e.shape.str().c_str());
  }
  json["values"] = values;
  text += format("  %lld values\n", static_cast<long long>(values));

  const OpenedModel model = open_model(file);
  json["model"] = model.cnn ? "cnn" : "gpt";
  Tape t({}, o.common.threads);
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
  if (!o.common.out.empty())
    write_file_atomically(o.common.out, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  print_result(o.common, json, text);
  return 0;
}

}  // namespace

void add_inspect(Command& program) {
  auto o = std::make_shared<Options>();
  Command command = program.command("inspect", "Tell what is in a weight file and which units its model has");
  add_common(command, o->common, "A JSON file to write as well", "");
  command.file("file", o->file, "A safetensors file", true);
  command.epilogue("Example:\n  gradus inspect model/weights/cnn.safetensors");
  command.does([o] { return inspect(*o); });
}

}  // namespace gradus::app
