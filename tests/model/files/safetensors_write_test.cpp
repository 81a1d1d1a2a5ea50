// Writing the format: the bytes that others expect, and what is refused.
#include "model/files/safetensors.h"

#include "tests/catch.h"
#include "tests/model/files/safetensors_bytes.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("what is written has the layout that others expect, byte by byte") {
  const TemporaryFolder folder;
  const std::vector<float> small{1, -2};
  const std::vector<std::int64_t> wide{7, -1};
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  const std::vector<SafetensorsTensor> tensors{{"a\"\n", "F32", {2, 1}, small.data()},
                                               {"u", "U8", {3}, bytes.data()},
                                               {"step", "I64", {2}, wide.data()},
                                               {"none", "F32", {0}, nullptr}};
  write_safetensors(folder / "f", tensors, {{"made by", "a test"}, {"b", ""}});
  const Parts parts = parts_of(folder.bytes_of("f"));
  REQUIRE(parts.header ==
          R"({"__metadata__":{"b":"","made by":"a test"},"step":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},)"
          R"("a\"\n":{"dtype":"F32","shape":[2,1],"data_offsets":[16,24]},"none":{"dtype":"F32","shape":[0],)"
          R"("data_offsets":[24,24]},"u":{"dtype":"U8","shape":[3],"data_offsets":[24,27]}})"
          "      ");
  REQUIRE((8 + parts.header_length) % 8 == 0);
  REQUIRE(parts.data == bytes_of(wide) + bytes_of(small) + bytes_of(bytes));
  const SafetensorsFile file(folder / "f");
  REQUIRE(file.read_int64("step") == wide);
  REQUIRE(file.header().metadata.at("made by") == "a test");
  for (std::size_t n = 0; n < 9; ++n) {  // every length of a header is filled up
    const std::vector<SafetensorsTensor> one{{std::string(n, 'x'), "F32", {2}, small.data()}};
    write_safetensors(folder / "g", one);
    REQUIRE(parts_of(folder.bytes_of("g")).header_length % 8 == 0);
    REQUIRE(SafetensorsFile(folder / "g").header().entries[0].name == one[0].name);
  }
  write_safetensors(folder / "empty", {});
  REQUIRE(folder.bytes_of("empty") == file_of("{}      ", ""));
}

TEST_CASE("what would not be a good file is not written") {
  const TemporaryFolder folder;
  const float x = 1;
  const auto error = [&](std::vector<SafetensorsTensor> tensors, std::map<std::string, std::string> metadata = {}) {
    return thrown_by(folder, [&] { write_safetensors(folder / "f", tensors, metadata); });
  };
  REQUIRE(error({{"a", "F32", {}, &x}, {"a", "F32", {}, &x}}) ==
          "Error: f: tensor \"a\": expected a name of its own, got one that is taken");
  REQUIRE(error({{"__metadata__", "F32", {}, &x}}) ==
          "Error: f: tensor \"__metadata__\": expected a name of its own, got one that is taken");
  REQUIRE(error({{"a", "F33", {}, &x}}) == "Error: f: tensor \"a\": expected a known dtype, got \"F33\"");
  REQUIRE(error({{"\xff", "F32", {}, &x}}) == "Error: f: expected names and metadata in UTF-8, got \"\\xff\"");
  REQUIRE(error({}, {{"k", "\xe1\xba"}}) == "Error: f: expected names and metadata in UTF-8, got \"\\xe1\\xba\"");
  REQUIRE(folder.count() == 0);
}
