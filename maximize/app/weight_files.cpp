#include "maximize/app/weight_files.h"

#include "autograd/error.h"

namespace gradus::app {

Model model_in(const SafetensorsFile& file) {
  const SafetensorsHeader& header = file.header();
  if (header.find("conv1.weight")) return Model::cnn;
  if (header.find("wte.weight") || header.find("transformer.wte.weight")) return Model::gpt;
  file.fail("expected the weights of a TinyCnn (with conv1.weight) or of a TinyGpt (with wte.weight), found neither");
}

void expect_model(const SafetensorsFile& file, Model model) {
  if (model_in(file) != model)
    file.fail(model == Model::cnn ? "expected the weights of a TinyCnn, found a TinyGpt's"
                                  : "expected the weights of a TinyGpt, found a TinyCnn's");
}

void expect_unit(const TinyCnn& cnn, const Unit& unit) {
  Tape t({}, 1);
  const Index side = cnn.config().side;
  unit_values(run_to(cnn, t.constant(Tensor::zeros({1, 1, side, side})), unit.address), unit);
}

void expect_unit(const TinyGpt& gpt, const Unit& unit) {
  Tape t({}, 1);
  const auto run = [&](Var x) { return gpt.from_embeddings(x); };
  unit_values(run_to(run, t.constant(Tensor::zeros({1, 1, gpt.config().n_embd})), unit.address), unit);
}

Vocabulary vocabulary_of(const SafetensorsFile& file, const TinyGpt& gpt) {
  const auto& metadata = file.header().metadata;
  if (!metadata.contains("vocabulary"))
    file.fail("metadata names no vocabulary, so its tokens cannot be read or written");
  Vocabulary v = [&] {
    try {
      return Vocabulary::from_metadata(metadata.at("vocabulary"));
    } catch (const InputError& e) {
      file.fail(e.what());
    }
  }();
  if (v.size() != gpt.config().vocab_size)
    file.fail("expected a vocabulary of " + std::to_string(gpt.config().vocab_size) +
              " tokens, as wte.weight has rows, got " + std::to_string(v.size()));
  return v;
}

}  // namespace gradus::app
