#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "autograd/error.h"
#include "model/files/safetensors.h"

namespace gradus {
namespace {

// A JSON string, in quotes, escaped.
std::string quoted(const std::string& path, const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(printable(path, 4096) + ": expected names and metadata in UTF-8, got \"" + printable(text) + "\"");
  }
}

}  // namespace

void write_safetensors(const std::string& path, std::span<const SafetensorsTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<const SafetensorsTensor*> sorted;
  std::set<std::string_view> names{"__metadata__"};
  for (const SafetensorsTensor& t : tensors) {
    const auto fail = [&](const std::string& reason) {
      throw Error(printable(path, 4096) + ": tensor \"" + printable(t.name) + "\": " + reason);
    };
    if (!names.insert(t.name).second) fail("expected a name of its own, got one that is taken");
    if (dtype_size(t.dtype) == 0) fail("expected a known dtype, got \"" + printable(t.dtype) + "\"");
    sorted.push_back(&t);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const SafetensorsTensor* a, const SafetensorsTensor* b) {
    return dtype_size(a->dtype) > dtype_size(b->dtype);
  });

  std::string header(8, '\0');  // the length comes in here
  std::vector<std::string_view> pieces(1);
  Index offset = 0;
  if (!metadata.empty()) {
    header += "{\"__metadata__\":";
    for (char before = '{'; const auto& [key, text] : metadata) {
      header += before + quoted(path, key) + ":" + quoted(path, text);
      before = ',';
    }
    header += "}";
  }
  for (const SafetensorsTensor* t : sorted) {
    const Index bytes = t->shape.size() * dtype_size(t->dtype);
    header += header.size() == 8 ? "{" : ",";
    header += quoted(path, t->name) + ":{\"dtype\":\"" + t->dtype + "\",\"shape\":[";
    for (int axis = 0; axis < t->shape.rank(); ++axis) {
      if (axis > 0) header += ",";
      header += std::to_string(t->shape[axis]);
    }
    header += "],\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(offset + bytes) + "]}";
    pieces.emplace_back(static_cast<const char*>(t->data), bytes);
    offset += bytes;
  }
  header += header.size() == 8 ? "{}" : "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  for (std::size_t i = 0; i < 8; ++i) header[i] = static_cast<char>(((header.size() - 8) >> (8 * i)) & 255);
  pieces[0] = header;
  write_file_atomically(path, pieces);
}

}  // namespace gradus
