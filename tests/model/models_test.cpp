// Both models at tiny sizes: values and gradients against PyTorch (tests/golden/ops.safetensors), gradient checks of
// every element, addresses, generation.
#include <nlohmann/json.hpp>

#include "autograd/error.h"
#include "autograd/gradcheck/gradcheck.h"
#include "autograd/random.h"
#include "model/cnn.h"
#include "model/files/weights.h"
#include "model/gpt.h"
#include "nn/init.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

constexpr CnnConfig tiny_cnn{.channels1 = 2, .channels2 = 3, .hidden = 5, .classes = 4, .side = 12};
constexpr GptConfig tiny_gpt{.vocab_size = 7, .block_size = 5, .n_layer = 2, .n_head = 2, .n_embd = 8};

// The error of gradcheck.h, |a - n| / max(|a|, |n|, s), s the largest magnitude in the tensor: the worst of all
// elements.
double error_of(const Tensor& ours, const Tensor& theirs) {
  REQUIRE(ours.shape() == theirs.shape());
  double s = 0, worst = 0;
  for (const Real x : theirs.values()) s = std::max(s, std::abs(x));
  for (Index i = 0; i < ours.size(); ++i)
    worst = std::max(worst, std::abs(ours[i] - theirs[i]) / std::max({std::abs(ours[i]), std::abs(theirs[i]), s}));
  return worst;
}

const SafetensorsFile& golden() {
  static const SafetensorsFile file(GRADUS_SOURCE_DIR "/tests/golden/ops.safetensors");
  return file;
}

void load_golden(const Parameters& parameters, const std::string& model) {
  for (Parameter* p : parameters) p->mutable_value() = read_tensor(golden(), model + "/parameter/" + p->name());
}

// Compares a recorded output and all gradients with those of a golden case.
void compare(Tape& t, const Var& out, const std::string& name, const Parameters& parameters) {
  INFO(name);
  REQUIRE(error_of(out.value(), read_tensor(golden(), name + "/out")) < 1e-10);
  t.backward(out, read_tensor(golden(), name + "/cotangent"));
  for (const Parameter* p : parameters) {
    INFO(p->name());
    REQUIRE(error_of(t.grad(*p), read_tensor(golden(), name + "/grad/" + p->name())) < 1e-10);
  }
}

IndexTensor index_tensor(const nlohmann::json& json) {
  const auto sizes = json["shape"].get<std::vector<Index>>();
  return {Shape(sizes.data(), static_cast<int>(sizes.size())), json["values"].get<std::vector<Index>>()};
}

nlohmann::json attributes(const std::string& name) {
  return nlohmann::json::parse(golden().header().metadata.at(name));
}

}  // namespace

TEST_CASE("the CNN's values and gradients are PyTorch's") {
  TinyCnn cnn(tiny_cnn);
  load_golden(cnn.parameters(), "cnn");
  for (const std::string name : {"cnn.logits", "cnn.loss"}) {
    Parameter images("images", read_tensor(golden(), name + "/in0"));
    Tape t(join({cnn.parameters(), {&images}}));
    Var out = cnn(t.leaf(images));
    if (name == "cnn.loss") out = cross_entropy(out, attributes(name)["targets"].get<std::vector<Index>>());
    compare(t, out, name, cnn.parameters());
    REQUIRE(error_of(t.grad(images), read_tensor(golden(), name + "/grad0")) < 1e-10);
  }
}

TEST_CASE("the GPT's values and gradients are PyTorch's") {
  TinyGpt gpt(tiny_gpt);
  load_golden(gpt.parameters(), "gpt");
  for (const std::string name : {"gpt.logits", "gpt.loss"}) {
    Tape t(gpt.parameters());
    Var out = gpt(t, index_tensor(attributes(name)["tokens"]));
    if (name == "gpt.loss") out = cross_entropy(out, attributes(name)["targets"].get<std::vector<Index>>());
    compare(t, out, name, gpt.parameters());
  }
}

TEST_CASE("every gradient of the CNN is right, by its weights and by its images") {
  TinyCnn cnn(tiny_cnn);
  cnn.initialize(3);
  Parameter images("images", Shape{2, 1, 12, 12});
  fill_uniform(images, 0, 1, 4);
  const std::vector<Index> labels = {1, 3};
  const Gradcheck check = gradcheck([&](Tape& t) { return cross_entropy(cnn(t.leaf(images)), labels); },
                                    join({cnn.parameters(), {&images}}));
  INFO(check.report());
  REQUIRE(check.passed);
}

TEST_CASE("every gradient of the GPT is right, by its weights and by its embeddings") {
  TinyGpt gpt(tiny_gpt);
  gpt.initialize(3);
  for (Parameter* p : gpt.parameters()) fill_normal(*p, p->name().find("ln_") != std::string::npos ? 1 : 0, 0.3, 5);
  const IndexTensor tokens{{2, 4}, {0, 3, 6, 3, 1, 1, 2, 5}};
  const std::vector<Index> targets = {3, 6, 3, 1, 1, 2, 5, 0};
  const Gradcheck weights =
      gradcheck([&](Tape& t) { return cross_entropy(gpt(t, tokens), targets); }, gpt.parameters());
  INFO(weights.report());
  REQUIRE(weights.passed);
  Parameter embeddings("embeddings", Shape{2, 3, 8});
  fill_normal(embeddings, 0, 1, 6);
  const Gradcheck inputs = gradcheck([&](Tape& t) { return gpt(t.leaf(embeddings)); }, {&embeddings});
  INFO(inputs.report());
  REQUIRE(inputs.passed);
}

TEST_CASE("every activation of both models has its address") {
  TinyCnn cnn(tiny_cnn);
  cnn.initialize(1);
  Tape t;
  cnn(t.constant(Tensor::zeros({2, 1, 12, 12})));
  REQUIRE(t.addresses() ==
          std::vector<std::string>{"conv1.relu", "conv1.pool", "conv2.relu", "conv2.pool", "fc1.relu", "logits"});
  REQUIRE(t.find("conv2.relu").shape() == Shape{2, 3, 6, 6});
  TinyGpt gpt(tiny_gpt);
  gpt.initialize(1);
  Tape u;
  u.want("*");
  gpt(u, {{1, 3}, {0, 1, 2}});
  REQUIRE(u.addresses() == std::vector<std::string>{
                               "embed", "h.0.attn.pattern", "h.0.attn.heads", "h.0.attn.out", "h.0.resid_mid",
                               "h.0.mlp.act", "h.0.mlp.out", "h.0.resid", "h.1.attn.pattern", "h.1.attn.heads",
                               "h.1.attn.out", "h.1.resid_mid", "h.1.mlp.act", "h.1.mlp.out", "h.1.resid", "logits"});
  REQUIRE(u.find("h.1.attn.pattern").shape() == Shape{1, 2, 3, 3});
}

TEST_CASE("a token's logits do not depend, bit for bit, on what follows it or stands beside it") {
  TinyGpt gpt(tiny_gpt);
  gpt.initialize(1);
  Tape t;
  const Var alone = gpt(t, {{1, 2}, {4, 2}}), longer = gpt(t, {{1, 4}, {4, 2, 6, 1}}),
            batch = gpt(t, {{2, 2}, {4, 2, 3, 3}});
  for (Index i = 0; i < 14; ++i) {
    REQUIRE(alone.value()[i] == longer.value()[i]);
    REQUIRE(alone.value()[i] == batch.value()[i]);
  }
}

TEST_CASE("generation is a function of prompt, seed and settings") {
  TinyGpt gpt(tiny_gpt);
  gpt.initialize(1);
  for (Parameter* p : gpt.parameters()) fill_normal(*p, p->name().find("ln_") != std::string::npos ? 1 : 0, 0.5, 5);
  const std::vector<Index> prompt = {1, 2};
  const auto text = generate(gpt, prompt, 20, {.seed = 1});
  REQUIRE(text.size() == 22);
  REQUIRE(text == generate(gpt, prompt, 20, {.seed = 1}));
  REQUIRE(text != generate(gpt, prompt, 20, {.seed = 2}));
  // Temperature 0 and a single candidate both take the likeliest token.
  REQUIRE(generate(gpt, prompt, 20, {.temperature = 0}) == generate(gpt, prompt, 20, {.top_k = 1, .seed = 9}));
  REQUIRE_THROWS_WITH(generate(gpt, {}, 1, {}), "generate: expected a prompt of at least one token, got none");
  REQUIRE_THROWS_WITH(generate(gpt, {7}, 1, {}), "generate: expected tokens below 7, got 7");
}

TEST_CASE("sampling follows the softmax of the logits over the temperature") {
  TinyGpt gpt({.vocab_size = 3, .block_size = 1, .n_layer = 0, .n_head = 1, .n_embd = 2});
  for (Parameter* p : gpt.parameters()) p->mutable_value().fill(0);
  gpt.ln_f.bias.mutable_value() = Tensor({2}, {1, 0});  // the last hidden state, whatever the token
  gpt.wte.weight.mutable_value() = Tensor({3, 2}, {std::log(6.0), 0, std::log(3.0), 0, 0, 0});  // 6 : 3 : 1
  int counts[3] = {};
  const auto text = generate(gpt, {0}, 20000, {.seed = 3});
  for (std::size_t i = 1; i < text.size(); ++i) ++counts[text[i]];
  REQUIRE(std::abs(counts[0] - 12000) < 280);  // four standard deviations
  REQUIRE(std::abs(counts[1] - 6000) < 260);
  REQUIRE(std::abs(counts[2] - 2000) < 170);
}

TEST_CASE("the models say what they expected") {
  TinyCnn cnn(tiny_cnn);
  TinyGpt gpt(tiny_gpt);
  gpt.initialize(0);
  Tape t;
  REQUIRE_THROWS_WITH(cnn(t.constant(Tensor::zeros({1, 1, 28, 28}))),
                      Contains("TinyCnn: expected images (N, 1, 12, 12), got (1, 1, 28, 28), at models_test.cpp:"));
  REQUIRE_THROWS_WITH(gpt(t, {{1, 6}, {0, 0, 0, 0, 0, 0}}),
                      Contains("TinyGpt: expected embeddings (B, T, 8) with T at most 5, got (1, 6, 8)"));
  REQUIRE_THROWS_WITH(gpt(t, {{1, 1}, {7}}), Contains("embedding") && Contains("at models_test.cpp:"));
}
