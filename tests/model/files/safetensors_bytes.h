// safetensors files made and taken apart byte by byte, from the format's published rules and without the library.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace gradus::test {

// The little-endian bytes of some values.
template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

inline std::string length_bytes(std::uint64_t n) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>((n >> (8 * i)) & 255);
  return bytes;
}

inline std::string file_of(const std::string& header, const std::string& data) {
  return length_bytes(header.size()) + header + data;
}

// One entry of a header.
inline std::string entry(const std::string& name, const std::string& dtype, const std::string& shape, int begin,
                         int end) {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

// What stands in a file, its header as text.
struct Parts {
  std::uint64_t header_length = 0;
  std::string header, data;
};

inline Parts parts_of(const std::string& file) {
  Parts parts;
  for (std::size_t i = 0; i < 8; ++i)
    parts.header_length |= static_cast<std::uint64_t>(static_cast<unsigned char>(file.at(i))) << (8 * i);
  parts.header = file.substr(8, parts.header_length);
  parts.data = file.substr(8 + parts.header_length);
  return parts;
}

}  // namespace gradus::test
