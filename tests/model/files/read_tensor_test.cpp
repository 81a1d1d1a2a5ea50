// One tensor of a file becomes numbers: by its name, of every type, in pieces.
#include <bit>
#include <cmath>
#include <limits>

#include "model/files/weights.h"
#include "tests/catch.h"
#include "tests/model/files/safetensors_bytes.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("every F16 and BF16 number is converted by its definition") {
  std::vector<std::uint16_t> all;
  for (unsigned bits = 0; bits < 65536; ++bits) all.push_back(static_cast<std::uint16_t>(bits));
  const TemporaryFolder folder;
  folder.file("f", file_of("{" + entry("half", "F16", "[65536]", 0, 131072) + "," +
                               entry("brain", "BF16", "[256,256]", 131072, 262144) + "}",
                           bytes_of(all) + bytes_of(all)));
  const SafetensorsFile file(folder / "f");
  const Tensor half = read_tensor(file, "half"), brain = read_tensor(file, "brain");
  REQUIRE(brain.shape() == Shape{256, 256});
  // (-1)^s 2^(e - bias) (1 + f / 2^bits); without the 1, and with e = 1, where e is 0
  const auto right = [](double got, int s, int e, int most, int f, int bits) {
    if (e == most && f != 0) return std::isnan(got);
    const double size = e == most ? std::numeric_limits<double>::infinity()
                                  : std::ldexp((e ? 1 << bits : 0) + f, std::max(e, 1) - most / 2 - bits);
    return got == (s ? -size : size) && std::signbit(got) == (s == 1);
  };
  int wrong = 0;
  for (int i = 0; i < 65536; ++i) {
    wrong += !right(half[i], i >> 15, i >> 10 & 31, 31, i & 1023, 10);
    wrong += !right(brain[i], i >> 15, i >> 7 & 255, 255, i & 127, 7);
  }
  REQUIRE(wrong == 0);
  REQUIRE(half[0x0001] == std::pow(2, -24));  // the smallest subnormal
  REQUIRE(half[0x7bff] == 65504);             // the largest
  REQUIRE(half[0x3555] == 0.333251953125);
  REQUIRE(brain[0x3f80] == 1);
  REQUIRE(brain[0xc049] == -3.140625);
}

TEST_CASE("many values pass through in pieces") {
  const TemporaryFolder folder;
  std::vector<float> values;
  for (int i = 0; i < 100'003; ++i) values.push_back(static_cast<float>(i) * 0.37F);
  folder.file("f", file_of("{" + entry("a", "F32", "[100003]", 0, 400'012) + "}", bytes_of(values)));
  const Tensor a = read_tensor(SafetensorsFile(folder / "f"), "a");
  int wrong = 0;
  for (Index i = 0; i < a.size(); ++i) wrong += a[i] != static_cast<double>(values[i]);
  REQUIRE(wrong == 0);
}

TEST_CASE("one tensor is read by its name") {
  const TemporaryFolder folder;
  const Tensor moment({3}, {1, 2, 3});
  const std::vector<std::int64_t> step{700};
  const std::vector<SafetensorsTensor> tensors{to_write("adam.m", moment), {"step", "I64", {}, step.data()}};
  write_safetensors(folder / "f", tensors);
  const SafetensorsFile file(folder / "f");
  REQUIRE(same_bits(read_tensor(file, "adam.m"), moment));
  REQUIRE(file.read_int64("step") == step);
  REQUIRE(thrown_by(folder, [&] { read_tensor(file, "step"); }) ==
          "InputError: f: tensor \"step\": expected dtype F32, F64, F16 or BF16, got I64");
  REQUIRE(thrown_by(folder, [&] { read_tensor(file, "adam.v"); }) ==
          "InputError: f: tensor \"adam.v\": expected in the file, got none of that name among 2");
}
