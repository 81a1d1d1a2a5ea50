// What a file says of a TinyGpt's sizes, and what is asked for where it does not.
#include <chrono>

#include "model/files/weights.h"
#include "model/gpt.h"
#include "tests/catch.h"
#include "tests/model/files/safetensors_bytes.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

namespace {

// The weights of a GPT of width 12 whose metadata are these alone.
std::string gpt_file(const TemporaryFolder& folder, const std::map<std::string, std::string>& metadata) {
  TinyGpt gpt({.vocab_size = 3, .block_size = 4, .n_layer = 2, .n_head = 3, .n_embd = 12});
  gpt.initialize(1);
  save_weights(folder / "gpt", gpt.parameters(), metadata);
  return folder / "gpt";
}

}  // namespace

TEST_CASE("the number of heads comes from the file, from config.json beside it, or from the caller") {
  const TemporaryFolder folder;
  const auto heads = [&](int asked = 0) { return TinyGpt(SafetensorsFile(folder / "gpt"), asked).config().n_head; };
  const auto error = [&](int asked = 0) { return thrown_by(folder, [&] { heads(asked); }); };
  gpt_file(folder, {{"n_head", "3"}});
  REQUIRE(heads() == 3);
  REQUIRE(heads(3) == 3);
  REQUIRE(error(4) == "InputError: gpt: its metadata tells of 3 attention heads, not of 4");
  for (const char* wrong : {"4abc", "4.0", "", " 4", "+4", "0x4", "99999999999999999999"}) {
    gpt_file(folder, {{"n_head", wrong}});
    REQUIRE(error() == std::string("InputError: gpt: metadata n_head: expected a whole number, got '") + wrong + "'");
  }
  for (const char* wrong : {"0", "-3", "5", "24", "4294967299"}) {
    gpt_file(folder, {{"n_head", wrong}});
    REQUIRE(error() == std::string("InputError: gpt: n_head: expected a divisor of the width 12, got ") + wrong);
  }

  gpt_file(folder, {});
  REQUIRE(
      error() ==
      "InputError: gpt: does not tell its number of attention heads, which is in no shape: give it (--heads), or put "
      "the model's config.json beside it");
  REQUIRE(heads(4) == 4);
  REQUIRE(error(5) == "InputError: gpt: n_head: expected a divisor of the width 12, got 5");
  folder.file("config.json", R"({"n_embd": 12, "n_head": 6})");
  REQUIRE(heads() == 6);
  REQUIRE(heads(6) == 6);
  REQUIRE(error(4) == "InputError: gpt: config.json beside it tells of 6 attention heads, not of 4");
  gpt_file(folder, {{"n_head", "3"}});
  REQUIRE(heads() == 3);  // the file itself knows best

  gpt_file(folder, {});
  for (const auto& [config, got] :
       {std::pair{"{}", "none"}, {R"({"n_head": "6"})", "\"6\""}, {R"({"n_head": 6.5})", "6.5"}}) {
    folder.file("config.json", config);
    REQUIRE(error() == std::string("InputError: config.json: expected a whole number as its n_head, got ") + got);
  }
  folder.file("config.json", "n_head = 6");
  REQUIRE(error() == "InputError: config.json: expected a JSON object");
}

TEST_CASE("a deep model is listed in a time that grows as its layers do") {
  TinyGpt gpt({.vocab_size = 2, .block_size = 2, .n_layer = 8000, .n_head = 1, .n_embd = 1});
  gpt.initialize(1);
  const auto start = std::chrono::steady_clock::now();
  Tape t({}, 1);
  t.want("*");
  gpt(t, {Shape{1, 1}, {0}});
  Index values = 0;
  for (const std::string& address : t.addresses()) values += t.find(address).value().size();
  REQUIRE(values > 8000 * 7);
  REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds(6));
}

TEST_CASE("a small file that tells of a large model is refused before the work") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& shape, Index bytes, int layers) {
    std::string header = R"({"__metadata__":{"n_head":"1"},"wte.weight":{"dtype":"F32","shape":)" + shape +
                         R"(,"data_offsets":[0,)" + std::to_string(bytes) + "]}" +
                         R"(,"wpe.weight":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":[)" +
                         std::to_string(bytes) + "," + std::to_string(2 * bytes) + "]}";
    for (int i = 0; i < layers; ++i)
      header += ",\"h." + std::to_string(i) + R"(.ln_1.weight":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
    folder.file("f", file_of(header + "}", std::string(static_cast<std::size_t>(2 * bytes), '\0')));
    const auto start = std::chrono::steady_clock::now();
    const std::string text = thrown_by(folder, [&] { TinyGpt gpt(SafetensorsFile(folder / "f")); });
    REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds(3));
    return text;
  };
  REQUIRE(
      error("[1,1]", 4, 80'000) ==
      "InputError: f: expected about 960004 tensors of 2000004 values together by the sizes of the first, got 80002 of 2");
  REQUIRE(
      error("[1,100000]", 400'000, 1) ==
      "InputError: f: expected about 16 tensors of 120001700000 values together by the sizes of the first, got 3 of "
      "200000");
}
