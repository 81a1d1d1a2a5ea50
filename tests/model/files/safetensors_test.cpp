// The format itself: what a good header says, and every way in which a file can be bad.
#include "model/files/safetensors.h"

#include <chrono>

#include "tests/catch.h"
#include "tests/model/files/safetensors_bytes.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

namespace {

// The error for a file with these bytes.
std::string error_of(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.file("f", bytes);
  return thrown_by(folder, [&] { SafetensorsFile file(path); });
}

// The error for a file with one tensor "a", written so, and 16 bytes of data.
std::string error_of_entry(const std::string& entry) {
  return error_of(file_of(R"({"a":)" + entry + "}", std::string(16, 'x')));
}

// The error for two tensors of 8 bytes each, at the given offsets, and `n` bytes of data.
std::string error_of_offsets(const std::string& a, const std::string& b, std::size_t n = 16) {
  return error_of(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)" + a +
                              R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)" + b + "}}",
                          std::string(n, 'x')));
}

}  // namespace

TEST_CASE("a header lists the tensors, in any order of their data, and the metadata") {
  const TemporaryFolder folder;
  const std::string header =
      R"( {"b\u00e9" : {"shape":[2, 3],"data_offsets":[8,20],"dtype":"F16"}, "__metadata__":{"format":"pt","":"x"},)"
      R"("scalar":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"none":{"dtype":"F32","shape":[0,7],"data_offsets":[8,8]}})";
  const std::string bytes = file_of(header.substr(1) + "  \n ", bytes_of<std::int64_t>({-5}) + std::string(12, 'x'));
  const SafetensorsFile file(folder.file("f", bytes));
  const SafetensorsHeader& got = file.header();
  REQUIRE(got.entries.size() == 3);
  REQUIRE(got.entries[0].name == "b\xc3\xa9");
  REQUIRE(got.entries[0].dtype == "F16");
  REQUIRE(got.entries[0].shape == Shape{2, 3});
  REQUIRE(got.entries[0].begin == 8);
  REQUIRE(got.entries[0].end == 20);
  REQUIRE(got.entries[1].shape == Shape{});
  REQUIRE(got.entries[2].shape == Shape{0, 7});
  REQUIRE(got.metadata == std::map<std::string, std::string>{{"", "x"}, {"format", "pt"}});
  REQUIRE(got.data_start == static_cast<Index>(bytes.size()) - 20);
  REQUIRE(got.find("none") == &got.entries[2]);
  REQUIRE(got.find("no") == nullptr);
  REQUIRE(file.read_int64("scalar") == std::vector<std::int64_t>{-5});
  REQUIRE(thrown_by(folder, [&] { file.read_int64("none"); }) ==
          "InputError: f: tensor \"none\": expected dtype I64, got F32");
  REQUIRE(thrown_by(folder, [&] { file.read_int64("no"); }) ==
          "InputError: f: tensor \"no\": expected in the file, got none of that name among 3");
  char byte;
  REQUIRE(thrown_by(folder, [&] { file.read_bytes(got.entries[0], 12, &byte, 1); }) ==
          "InputError: f: tensor \"b\xc3\xa9\": expected a range inside its data, got 1 bytes at 12");
}

TEST_CASE("a file without tensors is a file") {
  REQUIRE(error_of(file_of("{}", "")) == "");
  REQUIRE(error_of(file_of(R"({"__metadata__":{}})", "")) == "");
}

TEST_CASE("a header's length must be possible") {
  const std::string rest = "{}      ";
  REQUIRE(error_of("") == "InputError: f: expected a safetensors file, at least 8 bytes, got 0");
  REQUIRE(error_of("1234567") == "InputError: f: expected a safetensors file, at least 8 bytes, got 7");
  const std::string expected = "InputError: f: header: expected a length of 2 to 8 bytes, got ";
  REQUIRE(error_of(length_bytes(0) + rest) == expected + "0");
  REQUIRE(error_of(length_bytes(9) + rest) == expected + "9");
  REQUIRE(error_of(length_bytes(std::uint64_t{1} << 63) + rest) == expected + "9223372036854775808");
  REQUIRE(error_of(length_bytes(~std::uint64_t{0}) + rest) == expected + "18446744073709551615");
  const TemporaryFolder folder;
  const std::string path = folder.file("big", length_bytes(100'000'001) + rest);
  std::filesystem::resize_file(path, 200'000'000);  // sparse: it takes no room
  REQUIRE(thrown_by(folder, [&] { SafetensorsFile file(path); }) ==
          "InputError: big: header: expected a length of 2 to 100000000 bytes, got 100000001");
}

TEST_CASE("what stands in the place of weights by mistake is called by its name") {
  const std::string expected = "InputError: f: expected a safetensors file, got ";
  REQUIRE(error_of("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 497781\n") ==
          expected + "a pointer of Git LFS to a file that was not fetched (git lfs pull fetches it)");
  const std::string page = expected + "a web page (HTML), perhaps an error of the server that it came from";
  REQUIRE(error_of("<!DOCTYPE html>\n<html><head><title>404</title>") == page);
  REQUIRE(error_of("\r\n  <HTML lang=en>") == page);
  REQUIRE(error_of("<html>") == page);  // shorter than a header's length
  REQUIRE(
      error_of(std::string("PK\3\4\0\0\0\0 archive/data.pkl", 25)) ==
      expected +
          "a zip archive, as torch.save writes (a pickle, which is code; safetensors.torch.save_file writes weights)");
  REQUIRE(error_of("\x80\2}q\0(X\6\0\0\0weight") ==
          expected + "a pickle, which is code (safetensors.torch.save_file writes weights)");
  REQUIRE(error_of(R"({"conv1.weight": 1})") == expected + "JSON text without the length before it");
  // The same bytes can begin a good file: a header of 0x280 bytes.
  REQUIRE(file_of("{}" + std::string(0x27e, ' '), "").starts_with("\x80\2"));
  REQUIRE(error_of(file_of("{}" + std::string(0x27e, ' '), "")) == "");
}

TEST_CASE("a header of many names is read in a time that grows as they do") {
  // 100,000 names in 8 megabytes.
  std::string header = "{";
  for (int i = 0; i < 100'000; ++i)
    header += (i > 0 ? "," : "") + ("\"h." + std::to_string(i)) +
              R"(.ln_1.weight":{"dtype":"F32","shape":[1],"data_offsets":[)" + std::to_string(4 * i) + "," +
              std::to_string(4 * i + 4) + "]}";
  const TemporaryFolder folder;
  const std::string path = folder.file("many", file_of(header + "}", std::string(400'000, '\0')));
  const auto start = std::chrono::steady_clock::now();
  const SafetensorsFile file(path);
  std::size_t found = 0;
  for (int i = 0; i < 100'000; ++i) found += file.header().find("h." + std::to_string(i) + ".ln_1.weight") != nullptr;
  REQUIRE(found == 100'000);
  REQUIRE(file.header().values() == 100'000);
  REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds(6));
}

TEST_CASE("a header must be a JSON object in UTF-8") {
  const std::string start = "InputError: f: header: expected '{' as its first byte, got ";
  REQUIRE(error_of(file_of("[]", "")) == start + "'['");
  REQUIRE(error_of(file_of(" {}", "")) == start + "' '");
  REQUIRE(error_of(file_of("\xef\xbb\xbf{}", "")) == start + "'\\xef'");
  const std::string json = "InputError: f: header: expected JSON in UTF-8, got ";
  REQUIRE(error_of(file_of("{]", "")) == json + "something else at its byte 2");
  REQUIRE(error_of(file_of(R"({"a)", "")) == json + "something else at its byte 4");
  REQUIRE(error_of(file_of("{\"\xe1\xba\":{}}", "")) == json + "something else at its byte 5");  // truncated UTF-8
  REQUIRE(error_of(file_of("{}{}", "")) == json + "something else at its byte 3");
  REQUIRE(error_of(file_of("{} // note", "")) == json + "something else at its byte 4");
  REQUIRE(error_of(file_of(std::string("{}\0rest", 7), "")) == json + "a zero at its byte 3");
  REQUIRE(error_of(file_of(R"({"a":1e999})", "")) == json + "something else at its byte 10");
}

TEST_CASE("nesting without end is refused at once") {
  std::string deep = R"({"a":)", deep_shape = R"({"a":{"shape":)";
  for (int i = 0; i < 1'000'000; ++i) deep += R"({"a":)", deep_shape += "[";
  REQUIRE(error_of(file_of(deep, "")) ==
          "InputError: f: tensor \"a\": expected dtype, shape and data_offsets, got the field \"a\"");
  REQUIRE(error_of(file_of(deep_shape, "")) ==
          "InputError: f: tensor \"a\": shape: expected whole numbers from 0 to 2^31 - 1, got an array");
}

TEST_CASE("a name, a field and a key of the metadata occur once") {
  const std::string entry = R"({"dtype":"U8","shape":[8],"data_offsets":[0,8]})";
  REQUIRE(error_of(file_of(R"({"a":)" + entry + R"(,"a":)" + entry + "}", "12345678")) ==
          "InputError: f: header: the name \"a\" occurs twice");
  REQUIRE(error_of(file_of(R"({"a":)" + entry + R"(,"\u0061":)" + entry + "}", "12345678")) ==
          "InputError: f: header: the name \"a\" occurs twice");
  REQUIRE(error_of(file_of(R"({"__metadata__":{},"__metadata__":{}})", "")) ==
          "InputError: f: header: the name \"__metadata__\" occurs twice");
  REQUIRE(error_of(file_of(R"({"__metadata__":{"k":"1","k":"1"}})", "")) ==
          "InputError: f: __metadata__: the key \"k\" occurs twice");
  REQUIRE(error_of_entry(R"({"dtype":"F32","dtype":"F32"})") ==
          "InputError: f: tensor \"a\": the field dtype occurs twice");
}

TEST_CASE("an entry has three fields, each of its kind") {
  const std::string a = "InputError: f: tensor \"a\": ", three = a + "expected dtype, shape and data_offsets, got ";
  REQUIRE(error_of_entry("null") == a + "expected an object, got null");
  REQUIRE(error_of_entry("[1]") == a + "expected an object, got an array");
  REQUIRE(error_of_entry("{}") == three + "no dtype");
  REQUIRE(error_of_entry(R"({"shape":[4],"data_offsets":[0,16]})") == three + "no dtype");
  REQUIRE(error_of_entry(R"({"dtype":"F32","data_offsets":[0,16]})") == three + "no shape");
  REQUIRE(error_of_entry(R"({"dtype":"F32","shape":[4]})") == three + "no data_offsets");
  REQUIRE(error_of_entry(R"({"dtype":"F32","Shape":[4]})") == three + "the field \"Shape\"");
  REQUIRE(error_of_entry(R"({"dtype":32})") == a + "dtype: expected a string, got 32");
  REQUIRE(error_of_entry(R"({"dtype":["F32"]})") == a + "dtype: expected a string, got an array");
  REQUIRE(error_of_entry(R"({"shape":"[4]"})") == a + "shape: expected an array of numbers, got \"[4]\"");
  REQUIRE(error_of_entry(R"({"shape":true})") == a + "shape: expected an array of numbers, got true");
  REQUIRE(error_of_entry(R"({"shape":{}})") == a + "shape: expected an array of numbers, got an object");
  REQUIRE(error_of_entry(R"({"dtype":"F31","shape":[4],"data_offsets":[0,16]})") ==
          a + "dtype: expected a known one, such as F32, got \"F31\"");
  REQUIRE(error_of_entry(R"({"dtype":"f\n32","shape":[4],"data_offsets":[0,16]})") ==
          a + "dtype: expected a known one, such as F32, got \"f\\x0a32\"");
  REQUIRE(error_of(file_of(R"({"__metadata__":{"k":1}})", "")) ==
          "InputError: f: __metadata__: expected a string for \"k\", got 1");
  REQUIRE(error_of(file_of(R"({"__metadata__":{"k":{}}})", "")) ==
          "InputError: f: __metadata__: expected a string for \"k\", got an object");
}

TEST_CASE("sizes and offsets are whole numbers that fit") {
  const std::string a = "InputError: f: tensor \"a\": ", to = "expected whole numbers from 0 to ";
  const std::string whole = to + "2^31 - 1, got ", whole_offsets = to + "2^63 - 1, got ";
  const auto shape = [](const std::string& s) {
    return error_of_entry(R"({"dtype":"F32","shape":)" + s + R"(,"data_offsets":[0,16]})");
  };
  const auto offsets = [](const std::string& s) {
    return error_of_entry(R"({"dtype":"F32","shape":[4],"data_offsets":)" + s + "}");
  };
  REQUIRE(shape("[4]") == "");
  REQUIRE(offsets("[0,16]") == "");
  REQUIRE(shape("[-4]") == a + "shape: " + whole + "-4");
  REQUIRE(shape("[4.0]") == a + "shape: " + whole + "4.0");
  REQUIRE(shape("[4e0]") == a + "shape: " + whole + "4e0");
  REQUIRE(shape("[\"4\"]") == a + "shape: " + whole + "\"4\"");
  REQUIRE(shape("[null]") == a + "shape: " + whole + "null");
  REQUIRE(shape("[9223372036854775808]") == a + "shape: " + whole + "9223372036854775808");
  REQUIRE(shape("[18446744073709551616]") == a + "shape: " + whole + "18446744073709551616");
  REQUIRE(shape("[1,1,1,1,1,1,4]") == a + "shape: expected at most 6 numbers, got [1, 1, 1, 1, 1, 1, 4] and more");
  const std::string too_big = a + "shape: expected at most 576460752303423488 values together, got ";
  REQUIRE(shape("[2147483648]") == a + "shape: " + whole + "2147483648");
  REQUIRE(shape("[2147483647,2147483647]") == too_big + "(2147483647, 2147483647)");
  REQUIRE(shape("[65536,65536,65536,65536]") == too_big + "(65536, 65536, 65536, 65536)");  // 0 where it wraps around
  REQUIRE(shape("[0,65536,65536,65536,65536]") == too_big + "(0, 65536, 65536, 65536, 65536)");
  REQUIRE(shape("[5]") == a + "expected 20 bytes for F32 (5), got 16 by data_offsets [0, 16]");
  REQUIRE(shape("[]") == a + "expected 4 bytes for F32 (), got 16 by data_offsets [0, 16]");
  REQUIRE(shape("[0]") == a + "expected 0 bytes for F32 (0), got 16 by data_offsets [0, 16]");
  const std::string pair = a + "data_offsets: expected [begin, end] with begin at most end, got ";
  REQUIRE(offsets("[16,0]") == pair + "[16, 0]");
  REQUIRE(offsets("[16]") == pair + "[16]");
  REQUIRE(offsets("[]") == pair + "[]");
  REQUIRE(offsets("[0,16,16]") == a + "data_offsets: expected at most 2 numbers, got [0, 16, 16] and more");
  REQUIRE(offsets("[0,-16]") == a + "data_offsets: " + whole_offsets + "-16");
  REQUIRE(offsets("[0,1e2]") == a + "data_offsets: " + whole_offsets + "1e2");
  REQUIRE(
      offsets("[9223372036854775791,9223372036854775807]") ==
      a + "expected its data at 0, where those before end, got a hole by data_offsets [9223372036854775791, 9223372036854775807]");
}

TEST_CASE("the tensors cover the data: no hole, no overlap, nothing missing, nothing left") {
  REQUIRE(error_of_offsets("[0,8]", "[8,16]") == "");
  REQUIRE(error_of_offsets("[8,16]", "[0,8]") == "");
  REQUIRE(
      error_of_offsets("[0,8]", "[12,20]", 20) ==
      "InputError: f: tensor \"b\": expected its data at 8, where those before end, got a hole by data_offsets [12, 20]");
  REQUIRE(
      error_of_offsets("[4,12]", "[12,20]", 20) ==
      "InputError: f: tensor \"a\": expected its data at 0, where those before end, got a hole by data_offsets [4, 12]");
  REQUIRE(
      error_of_offsets("[0,8]", "[4,12]", 12) ==
      "InputError: f: tensor \"b\": expected its data at 8, where those before end, got an overlap by data_offsets [4, 12]");
  REQUIRE(
      error_of_offsets("[0,8]", "[0,8]", 8) ==
      "InputError: f: tensor \"b\": expected its data at 8, where those before end, got an overlap by data_offsets [0, 8]");
  REQUIRE(error_of_offsets("[0,8]", "[8,16]", 15) ==
          "InputError: f: tensor \"b\": expected 16 bytes of data, got 15: the file is cut off");
  REQUIRE(error_of_offsets("[0,8]", "[8,16]", 0) ==
          "InputError: f: tensor \"a\": expected 8 bytes of data, got 0: the file is cut off");
  REQUIRE(error_of_offsets("[0,8]", "[8,16]", 17) == "InputError: f: expected 16 bytes of data by the header, got 17");
  REQUIRE(error_of(file_of("{}", "x")) == "InputError: f: expected 0 bytes of data by the header, got 1");
}

TEST_CASE("names from a file cannot break a message's line, nor flood it") {
  const std::string long_name(10'000, 'n');
  const std::string error = error_of(file_of("{\"" + long_name + "\":1}", ""));
  REQUIRE(error == "InputError: f: tensor \"" + long_name.substr(0, 200) + "...\": expected an object, got 1");
  REQUIRE(error_of(file_of(R"({"a\n\u001b[2J":1})", "")) ==
          "InputError: f: tensor \"a\\x0a\\x1b[2J\": expected an object, got 1");
}
