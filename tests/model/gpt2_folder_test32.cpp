// GPT-2 in the Hugging Face layout: the committed folders, written with PyTorch by tests/golden/gpt2.py, against what PyTorch computes.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "autograd/error.h"
#include "model/files/huggingface.h"
#include "model/files/weights.h"
#include "model/open.h"
#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string golden = GRADUS_SOURCE_DIR "/tests/golden/gpt2";

// |a - n| / max(|a|, |n|, s), s the largest |n|; the worst of all elements.
double worst_error(const Tensor& a, const Tensor& n) {
  REQUIRE(a.shape() == n.shape());
  double largest = 0, worst = 0;
  for (const Real x : n.values()) largest = std::max(largest, std::abs(static_cast<double>(x)));
  for (Index i = 0; i < n.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(n[i]);
    const double error = std::abs(x - y) / largest;
    worst = error > worst || std::isnan(error) ? error : worst;
  }
  return worst;
}

std::vector<Index> tokens_in(const SafetensorsFile& expected) {
  const std::vector<std::int64_t> stored = expected.read_int64("tokens");
  return {stored.begin(), stored.end()};
}

void check_folder(const std::string& folder) {
  INFO(folder);
  const TinyGpt gpt{SafetensorsFile(weight_file(folder))};
  const SafetensorsFile expected(folder + "/expected.safetensors");
  const std::vector<Index> tokens = tokens_in(expected);
  const Index T = std::ssize(tokens), C = gpt.config().n_embd;
  Tensor rows(Shape{1, T, C});
  for (Index i = 0; i < T; ++i) std::copy_n(gpt.wte.weight.value().data() + tokens[i] * C, C, rows.data() + i * C);
  Parameter embeddings("embeddings", rows);
  Tape t({&embeddings});
  const Var logits = gpt(t.leaf(embeddings));
  t.backward(logits, read_tensor(expected, "cotangent"));
  const Tensor n = read_tensor(expected, "logits");
  double apart = 0;
  for (Index i = 0; i < n.size(); ++i) apart = std::max(apart, std::abs(static_cast<double>(logits.value()[i] - n[i])));
  const double wrong = worst_error(t.grad(embeddings), read_tensor(expected, "gradient"));
  INFO("logits " << apart << " apart, gradient's error " << wrong);
  CHECK(apart < 1e-4);
  CHECK(wrong < 1e-3);
}

// A copy of the committed folder that can be spoilt.
struct Copy {
  Copy() {
    for (const char* name : {"config.json", "model.safetensors", "vocab.json", "merges.txt"})
      fs::copy_file(golden + "/" + name, folder / name);
  }
  void replace(const char* name, const std::string& old, const std::string& now) const {
    std::string text = folder.bytes_of(name);
    const std::size_t at = text.find(old);
    REQUIRE(at != std::string::npos);
    folder.file(name, text.replace(at, old.size(), now));
  }
  std::string error() const {
    return thrown_by(folder, [&] {
      const SafetensorsFile file(weight_file(folder.path()));
      const OpenedModel model = open_model(file);
      tokenizer_of(file, *model.gpt);
    });
  }
  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("a GPT-2 folder gives PyTorch's logits and gradients, in float32, float16 and bfloat16") {
  check_folder(golden);  // prefixes, mask buffers, a tied head, an epsilon of its own
  check_folder(golden + "/half");
  check_folder(golden + "/bfloat");
}

// GRADUS_GPT2=FOLDER model_tests32 "[full]", with a folder that tests/golden/gpt2.py --full has made.
TEST_CASE("a folder in GPT-2 small's exact shape gives PyTorch's logits and gradients", "[.full]") {
  const char* folder = std::getenv("GRADUS_GPT2");
  if (!folder) {
    WARN("skipped: GRADUS_GPT2 names no folder");
    return;
  }
  for (const char* part : {"", "/half", "/bfloat"}) check_folder(std::string(folder) + part);
}

TEST_CASE("a GPT-2 folder brings its sizes and its tokenizer, whose vocabulary may be padded") {
  const SafetensorsFile file(weight_file(golden));
  const OpenedModel model = open_model(file);
  const GptConfig& c = model.gpt->config();
  CHECK(c.n_head == 3);
  CHECK(c.n_layer == 2);
  CHECK(c.eps == 1e-3);
  CHECK(c.vocab_size == 272);
  const auto tokenizer = tokenizer_of(file, *model.gpt);
  CHECK(tokenizer->size() == 272);
  CHECK(tokenizer->start() == 265);  // <|endoftext|>, not the last of the padding
  CHECK(tokenizer->encode("the caf\xc3\xa9 in the") == std::vector<Index>{257, 32, 99, 97, 102, 264, 32, 260, 258});
  CHECK(tokenizer->decode(std::vector<Index>{257, 271, 258}) == "the the");
  CHECK(tokenizer->token(270).empty());
  REQUIRE_THROWS_AS(tokenizer->token(272), InputError);
  const std::vector<Index> text = generate(*model.gpt, tokenizer->encode("the"), 30, {.temperature = 0});
  CHECK(text.size() == 31);
}

TEST_CASE("a saved folder is loaded again, bit for bit, with its tokenizer") {
  const TemporaryFolder out;
  const OpenedModel model = open_model(SafetensorsFile(weight_file(golden)));
  const BytePairs tokenizer(golden + "/vocab.json", golden + "/merges.txt");
  save_gpt2(*model.gpt, out / "saved", &tokenizer);
  fs::remove(out / "saved/expected.safetensors");
  const SafetensorsFile file(weight_file(out / "saved"));
  const OpenedModel again = open_model(file);
  CHECK(hash(again.parameters()) == hash(model.parameters()));
  CHECK(again.gpt->config().eps == 1e-3);
  const auto config = gpt2_config_beside(file.path());  // what another tool reads
  REQUIRE(config);
  CHECK(config->n_head == 3);
  CHECK(config->vocab_size == 272);
  CHECK(config->n_positions == 16);
  CHECK(config->n_embd == 12);
  CHECK(config->n_layer == 2);
  CHECK(config->layer_norm_epsilon == 1e-3);
  for (const char* text : {"the thing", "an \xc3\xa9 and the others", " \n\t\x01 ~"})
    CHECK(tokenizer_of(file, *again.gpt)->encode(text) == tokenizer.encode(text));
  for (const auto& entry : file.header().entries) CHECK(entry.dtype == "F32");
  save_gpt2(*again.gpt, out / "saved", &tokenizer);  // over itself
  CHECK(hash(open_model(SafetensorsFile(weight_file(out / "saved"))).parameters()) == hash(model.parameters()));
}

TEST_CASE("what config.json asks for and TinyGpt is not is refused by its name") {
  const auto with = [](const std::string& old, const std::string& now) {
    const Copy copy;
    copy.replace("config.json", old, now);
    return copy.error();
  };
  CHECK(with("\"gelu_new\"", "\"gelu_pytorch_tanh\"").empty());
  CHECK(
      with("\"gelu_new\"", "\"relu\"") ==
      "InputError: config.json: activation_function: expected \"gelu_new\" (GELU by tanh is the only one implemented), got "
      "\"relu\"");
  CHECK(
      with("\"gpt2\"", "\"gpt_neo\"") ==
      "InputError: config.json: model_type: expected \"gpt2\" (no other architecture is implemented), got \"gpt_neo\"");
  CHECK(with("\"n_inner\": null", "\"n_inner\": 48").empty());
  CHECK(with("\"n_inner\": null", "\"n_inner\": 50") ==
        "InputError: config.json: n_inner: expected 48 (4 n_embd), got 50");
  CHECK_THAT(with("\"n_inner\": null", "\"scale_attn_weights\": false"),
             Contains("config.json: scale_attn_weights: expected true (") && Contains("got false"));
  CHECK_THAT(with("\"n_inner\": null", "\"scale_attn_by_inverse_layer_idx\": true"),
             Contains("scale_attn_by_inverse_layer_idx: expected false (not implemented), got true"));
  CHECK_THAT(with("\"n_inner\": null", "\"add_cross_attention\": true"),
             Contains("add_cross_attention: expected false"));
  CHECK(with("0.001", "0") ==
        "InputError: config.json: layer_norm_epsilon: expected a number above 0 and below 1, got 0");
  CHECK(with("\"n_head\": 3", "\"n_head\": 5") ==
        "InputError: model.safetensors: n_head: expected a divisor of the width 12, got 5");
  CHECK(with("\"n_head\": 3", "\"n_head\": \"3\"") ==
        "InputError: config.json: expected a whole number as its n_head, got \"3\"");
  CHECK(with("\"n_layer\": 2", "\"n_layer\": 3") ==
        "InputError: model.safetensors: config.json beside it tells of n_layer 3, but the layers in the file are 2");
  CHECK(with("\"n_embd\": 12", "\"n_embd\": 24") ==
        "InputError: model.safetensors: config.json beside it tells of n_embd 24, but the width of wte.weight is 12");
  CHECK_THAT(with("272", "273"), Contains("vocab_size 273, but the rows of wte.weight are 272"));
  CHECK_THAT(with("\"n_positions\": 16", "\"n_positions\": 32"),
             Contains("n_positions 32, but the rows of wpe.weight are 16"));
}

TEST_CASE("a GPT-2 folder that lacks something says what, in one line") {
  const auto without = [](const char* name, const char* instead = nullptr) {
    const Copy copy;
    if (instead)
      fs::rename(copy.folder / name, copy.folder / instead);
    else
      fs::remove(copy.folder / name);
    return copy.error();
  };
  CHECK_THAT(without("model.safetensors"), Contains(": expected model.safetensors in this folder, found none"));
  CHECK_THAT(without("model.safetensors", "pytorch_model.bin"),
             Contains("found pytorch_model.bin, a pickle, which is not read"));
  CHECK_THAT(without("model.safetensors", "model.safetensors.index.json"), Contains("found weights in several pieces"));
  CHECK_THAT(without("config.json"), Contains("model.safetensors: does not tell its number of attention heads"));
  CHECK(without("vocab.json") ==
        "InputError: model.safetensors: expected vocab.json and merges.txt beside it, found the second alone");
  CHECK(without("merges.txt") ==
        "InputError: model.safetensors: expected vocab.json and merges.txt beside it, found the first alone");
  const Copy cut, narrow, text;
  std::string bytes = cut.folder.bytes_of("model.safetensors");
  cut.folder.file("model.safetensors", bytes.substr(0, bytes.size() - 100));
  CHECK_THAT(cut.error(), Contains("model.safetensors: ") && Contains("cut off"));
  narrow.replace("model.safetensors", "\"shape\":[12,36]", "\"shape\":[36,12]");  // a Linear's layout, not Conv1D's
  CHECK(
      narrow.error() ==
      "InputError: model.safetensors: tensor \"transformer.h.0.attn.c_attn.weight\": expected shape (12, 36), got (36, 12)");
  text.folder.file("config.json", "n_head = 3");
  CHECK(text.error() == "InputError: config.json: expected a JSON object");
}

TEST_CASE("a padded vocabulary without <|endoftext|> starts with its last token, not with the padding") {
  const Copy copy;
  copy.replace("vocab.json", "<|endoftext|>", "zz");
  CHECK(BytePairs(copy.folder / "vocab.json", copy.folder / "merges.txt", 272).start() == 265);
}

TEST_CASE("a tokenizer of more tokens than the model has rows is refused") {
  const Copy copy;
  std::string words = copy.folder.bytes_of("vocab.json");
  words.pop_back();
  for (int i = 266; i < 274; ++i) words += ", \"zz" + std::to_string(i) + "\": " + std::to_string(i);
  copy.folder.file("vocab.json", words + "}");
  CHECK(copy.error() ==
        "InputError: model.safetensors: expected a vocabulary of 272 tokens, as wte.weight has rows, got 274");
}
