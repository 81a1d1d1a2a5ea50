#include "model/open.h"

#include "model/files/checkpoint.h"
#include "model/files/weights.h"
#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("a weight file tells which model is in it") {
  const TemporaryFolder folder;
  const auto file = [&](const char* name) { return SafetensorsFile(folder / name); };
  TinyCnn cnn({.channels1 = 1, .channels2 = 2, .hidden = 3, .classes = 4, .side = 8});
  cnn.initialize(1);
  cnn.save(folder / "cnn");
  TinyGpt gpt({.vocab_size = 3, .block_size = 4, .n_layer = 1, .n_head = 2, .n_embd = 8});
  gpt.initialize(1);
  gpt.save(folder / "gpt", {{"vocabulary", R"(["a", "b", "c"])"}});
  Parameter other("other", Tensor(Shape{1}));
  save_weights(folder / "other", {&other});

  REQUIRE(model_in(file("cnn")) == ModelKind::cnn);
  REQUIRE(model_in(file("gpt")) == ModelKind::gpt);
  REQUIRE(model_in(file("other")) == ModelKind::none);

  const OpenedModel a = open_model(file("cnn")), b = open_model(file("gpt"));
  REQUIRE(a.kind() == ModelKind::cnn);
  REQUIRE(hash(a.parameters()) == hash(cnn.parameters()));
  REQUIRE(b.kind() == ModelKind::gpt);
  REQUIRE(hash(b.parameters()) == hash(gpt.parameters()));
  REQUIRE(b.gpt->config().n_head == 2);
  REQUIRE(OpenedModel{}.kind() == ModelKind::none);

  save_checkpoint(folder / "checkpoint", join({cnn.parameters(), {&other}}), 7, "settings");
  REQUIRE(is_checkpoint(file("checkpoint")));
  REQUIRE(!is_checkpoint(file("cnn")));
  REQUIRE(hash(open_model(file("checkpoint")).parameters()) == hash(cnn.parameters()));

  const auto error = [&](const auto& call) { return thrown_by(folder, call); };
  REQUIRE(error([&] { open_model(file("other")); }) ==
          "InputError: other: expected the weights of a TinyCnn (with conv1.weight) or of a TinyGpt (with wte.weight), "
          "found neither");
  REQUIRE(error([&] { expect_model(file("cnn"), ModelKind::gpt); }) ==
          "InputError: cnn: expected the weights of a TinyGpt, found a TinyCnn's");
  REQUIRE(error([&] { expect_model(file("gpt"), ModelKind::cnn); }) ==
          "InputError: gpt: expected the weights of a TinyCnn, found a TinyGpt's");
  REQUIRE(error([&] { expect_model(file("gpt"), ModelKind::gpt); }).empty());

  REQUIRE(tokenizer_of(file("gpt"), gpt)->encode("cab") == std::vector<Index>{2, 0, 1});
  gpt.save(folder / "short", {{"vocabulary", R"(["a", "b"])"}});
  REQUIRE(error([&] { tokenizer_of(file("short"), gpt); }) ==
          "InputError: short: expected a vocabulary of 3 tokens, as wte.weight has rows, got 2");
}
