// gradus generate: lets a TinyGpt continue a text.
#include <memory>

#include "maximize/app/command.h"
#include "maximize/app/outputs.h"
#include "maximize/app/weight_files.h"
#include "model/files/file.h"
#include "model/files/huggingface.h"
#include "model/open.h"

namespace gradus::app {
namespace {

struct Options {
  Common common;
  std::string file, prompt;
  int tokens = 40, heads = 0;
  double temperature = 0.8;
  Index top_k = 0;
};

int generate_text(const Options& o) {
  expect_outputs({o.common.out}, files_of(o.file));
  const SafetensorsFile file(weight_file(o.file));
  expect_model(file, ModelKind::gpt);
  TinyGpt gpt(file, o.heads);
  expect_finite(file, gpt.parameters());
  const auto tokenizer = tokenizer_of(file, gpt);
  const std::vector<Index> prompt = o.prompt.empty() ? std::vector{tokenizer->start()} : tokenizer->encode(o.prompt);
  const Stopwatch watch;
  const Sampling sampling{.temperature = o.temperature, .top_k = o.top_k, .seed = o.common.seed};
  const std::vector<Index> tokens = generate(gpt, prompt, o.tokens, sampling, o.common.threads);
  const std::string text = tokenizer->decode(tokens);
  if (!o.common.out.empty()) write_file_atomically(o.common.out, text + "\n");
  print_result(o.common,
               {{"text", text},
                {"prompt_tokens", prompt.size()},
                {"tokens", tokens.size()},
                {"seconds", watch.seconds()},
                {"out", o.common.out}},
               text + "\n");
  return 0;
}

}  // namespace

void add_generate(Command& program) {
  auto o = std::make_shared<Options>();
  o->file = shipped_weights("gpt.safetensors");
  Command command = program.command("generate", "Let a TinyGpt continue a text");
  add_common(command, o->common, "A text file to write as well", "");
  command.file("file", o->file,
               "The weights, or a GPT-2 folder; by default those that come with gradus, trained on Orchard");
  add_heads(command, o->heads);
  command.text("--prompt", o->prompt, "The text to continue; by default the start of a sentence or line");
  command.number("--tokens", o->tokens, "How many to add", whole_number(0, 1000000));
  command.number("--temperature", o->temperature,
                 "0 takes the likeliest token each time, 1 samples the model's own distribution", number_from_0());
  command.number("--top-k", o->top_k, "Sample among so many of the likeliest tokens, 0 for all",
                 whole_number(0, std::numeric_limits<std::int32_t>::max()));
  command.epilogue(
      "Examples:\n  gradus generate\n  gradus generate --prompt \"the girl\" --temperature 0\n"
      "  gradus generate shakespeare.safetensors --prompt \"ROMEO:\" --tokens 300 --seed 7");
  command.does([o] { return generate_text(*o); });
}

}  // namespace gradus::app
