// Weights between files and parameters, in single precision.
#include "model/files/weights.h"

#include <bit>
#include <limits>

#include "tests/catch.h"
#include "tests/model/files/safetensors_bytes.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("float: what is saved is loaded again, bit for bit") {
  using limits = std::numeric_limits<float>;
  const float nan = std::bit_cast<float>(0xffc0abcdU);  // a sign and a payload
  const TemporaryFolder folder;
  Parameter a("a", Tensor({2, 3}, {nan, -0.0F, limits::denorm_min(), -limits::infinity(), limits::max(), 0.1F})),
      b("b", Tensor({1}, {3}));
  save_weights(folder / "f", {&a, &b}, {{"format", "mine"}});
  Parameter a2("a", Shape{2, 3}), b2("b", Shape{1});
  load_weights(folder / "f", {&a2, &b2});
  REQUIRE(same_bits(a.value(), a2.value()));
  REQUIRE(same_bits(b.value(), b2.value()));
  const Parts parts = parts_of(folder.bytes_of("f"));
  REQUIRE(parts.header.substr(0, parts.header.find_last_of('}') + 1) ==
          R"({"__metadata__":{"format":"mine"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
          R"("b":{"dtype":"F32","shape":[1],"data_offsets":[24,28]}})");
  REQUIRE((8 + parts.header_length) % 8 == 0);
  REQUIRE(parts.data.size() == 28);
  REQUIRE(std::memcmp(parts.data.data(), a.value().data(), 24) == 0);
}

TEST_CASE("float: F64 is rounded to the nearest float") {
  const std::vector<double> values{0.1, 1 + 0x1p-24, 1 + 0x1.8p-24, -1e300, 1e-50, -0.0};
  const TemporaryFolder folder;
  folder.file("f", file_of(R"({"a":{"dtype":"F64","shape":[6],"data_offsets":[0,48]}})", bytes_of(values)));
  Parameter a("a", Shape{6});
  load_weights(folder / "f", {&a});
  const float infinity = std::numeric_limits<float>::infinity();
  REQUIRE(same_bits(a.value(), Tensor({6}, {0.1F, 1, 1 + 0x1p-23F, -infinity, 0, -0.0F})));
}

TEST_CASE("float: F16 and BF16 are exact") {
  const std::vector<std::uint16_t> half{0x0001, 0x83ff, 0x3c00, 0x7bff, 0xfc00}, brain{0x0001, 0xbf80, 0x7f7f, 0x7f80};
  const TemporaryFolder folder;
  folder.file("f", file_of(R"({"h":{"dtype":"F16","shape":[5],"data_offsets":[0,10]},)"
                           R"("b":{"dtype":"BF16","shape":[4],"data_offsets":[10,18]}})",
                           bytes_of(half) + bytes_of(brain)));
  Parameter h("h", Shape{5}), b("b", Shape{4});
  load_weights(folder / "f", {&h, &b});
  const float infinity = std::numeric_limits<float>::infinity();
  REQUIRE(same_bits(h.value(), Tensor({5}, {0x1p-24F, -1023 * 0x1p-24F, 1, 65504, -infinity})));
  REQUIRE(same_bits(b.value(), Tensor({4}, {0x1p-133F, -1, 0x1.fep127F, infinity})));
}
