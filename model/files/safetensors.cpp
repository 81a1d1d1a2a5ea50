#include "model/files/safetensors.h"
#include "model/files/other_kind.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "autograd/error.h"

namespace gradus {

static_assert(std::endian::native == std::endian::little, "the format's byte order must be the machine's");

namespace {

using Json = nlohmann::json;
constexpr Index most_header_bytes = 100'000'000;
constexpr Index most_bytes = std::numeric_limits<Index>::max();

std::string tensor_text(std::string_view name) {
  return "tensor \"" + printable(name) + "\": ";
}

std::string list_text(std::span<const Index> numbers) {
  std::string text = "[";
  for (const Index n : numbers) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(n);
  }
  return text + "]";
}

std::string range_text(const SafetensorsEntry& e) {
  return list_text(std::array{e.begin, e.end});
}

// Takes the header apart, token by token: the parser calls one of these functions for each, and the one that finds
// something wrong throws. There is no recursion and no tree: a header that nests a million arrays ends at the second.
class HeaderReader {
 public:
  HeaderReader(const InputFile& file, SafetensorsHeader& header) : file_(file), header_(header) {}

  bool start_object(std::size_t) {
    if (place_ == Place::outside) return enter(Place::header);
    if (place_ == Place::header) {
      if (name_ == "__metadata__") return enter(Place::metadata);
      entry_ = {};
      entry_.name = name_;
      fields_.clear();
      return enter(Place::entry);
    }
    wrong("an object");
  }
  bool end_object() {
    if (place_ == Place::entry) {
      for (const char* field : {"dtype", "shape", "data_offsets"})
        if (!fields_.contains(field)) fail(std::string("expected dtype, shape and data_offsets, got no ") + field);
      check_entry();
      header_.positions[name_] = header_.entries.size();
      header_.entries.push_back(std::move(entry_));
    }
    return enter(place_ == Place::header ? Place::outside : Place::header);
  }
  bool key(std::string& key) {
    if (place_ == Place::header) {
      name_ = key;
      if (key == "__metadata__" ? std::exchange(any_metadata_, true) : header_.positions.contains(key))
        file_.fail("header: the name \"" + printable(key) + "\" occurs twice");
    } else if (place_ == Place::metadata) {
      key_ = key;
      if (header_.metadata.contains(key)) fail("the key \"" + printable(key) + "\" occurs twice");
    } else {
      key_ = key;
      if (key != "dtype" && key != "shape" && key != "data_offsets")
        fail("expected dtype, shape and data_offsets, got the field \"" + printable(key) + "\"");
      if (!fields_.insert(key).second) fail("the field " + key + " occurs twice");
    }
    return true;
  }
  bool start_array(std::size_t) {
    if (place_ != Place::entry || key_ == "dtype") wrong("an array");
    numbers_.clear();
    return enter(Place::numbers);
  }
  bool end_array() {
    if (key_ == "shape") {
      try {
        entry_.shape = Shape(numbers_.data(), static_cast<int>(numbers_.size()));
      } catch (const Error& e) {
        fail(e.what());
      }
    } else {
      if (numbers_.size() != 2 || numbers_[0] > numbers_[1])
        fail("data_offsets: expected [begin, end] with begin at most end, got " + list_text(numbers_));
      entry_.begin = numbers_[0];
      entry_.end = numbers_[1];
    }
    return enter(Place::entry);
  }
  bool number_unsigned(std::uint64_t value) {
    if (place_ != Place::numbers || std::cmp_greater(value, largest())) wrong(std::to_string(value));
    numbers_.push_back(static_cast<Index>(value));
    const std::size_t most = key_ == "shape" ? Shape::max_rank : 2;
    if (numbers_.size() > most)
      fail(key_ + ": expected at most " + std::to_string(most) + " numbers, got " + list_text(numbers_) + " and more");
    return true;
  }
  bool string(std::string& text) {
    if (place_ == Place::metadata)
      header_.metadata[key_] = text;
    else if (place_ == Place::entry && key_ == "dtype")
      entry_.dtype = text;
    else
      wrong("\"" + printable(text) + "\"");
    return true;
  }
  bool number_integer(std::int64_t value) { wrong(std::to_string(value)); }
  bool number_float(double, const std::string& text) { wrong(printable(text)); }
  bool boolean(bool value) { wrong(value ? "true" : "false"); }
  bool null() { wrong("null"); }
  bool binary(std::vector<std::uint8_t>&) { wrong("bytes"); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    file_.fail("header: expected JSON in UTF-8, got something else at its byte " + std::to_string(position));
  }

 private:
  enum class Place { outside, header, metadata, entry, numbers };  // what the token that comes next stands in

  Index largest() const { return key_ == "shape" ? Shape::max_size : most_bytes; }

  bool enter(Place place) {
    place_ = place;
    return true;
  }

  [[noreturn]] void fail(const std::string& reason) const {
    file_.fail((place_ == Place::metadata ? "__metadata__: " : tensor_text(name_)) + reason);
  }

  // A token that has no business here: says what should stand in its place.
  [[noreturn]] void wrong(const std::string& got) const {
    switch (place_) {
      case Place::outside:
        file_.fail("header: expected a JSON object, got " + got);
      case Place::header:
        fail("expected an object, got " + got);
      case Place::metadata:
        fail("expected a string for \"" + printable(key_) + "\", got " + got);
      case Place::entry:
        fail(key_ + ": expected " + (key_ == "dtype" ? "a string" : "an array of numbers") + ", got " + got);
      case Place::numbers:
        fail(key_ + ": expected whole numbers from 0 to " + (key_ == "shape" ? "2^31" : "2^63") + " - 1, got " + got);
    }
    fail(got);
  }

  // The size in bytes follows from dtype and shape. It does not overflow: a shape has at most 2^59 values.
  void check_entry() const {
    const SafetensorsEntry& e = entry_;
    const Index value_bytes = dtype_size(e.dtype), bytes = value_bytes * e.shape.size();
    if (value_bytes == 0) fail("dtype: expected a known one, such as F32, got \"" + printable(e.dtype) + "\"");
    if (e.end - e.begin != bytes)
      fail("expected " + std::to_string(bytes) + " bytes for " + e.dtype + " " + e.shape.str() + ", got " +
           std::to_string(e.end - e.begin) + " by data_offsets " + range_text(e));
  }

  const InputFile& file_;
  SafetensorsHeader& header_;
  Place place_ = Place::outside;
  std::string name_, key_;  // the last name in the header, the last key inside it
  bool any_metadata_ = false;
  std::set<std::string> fields_;
  SafetensorsEntry entry_;
  std::vector<Index> numbers_;
};

// Without holes, without overlaps, and exactly as long as the file.
void check_cover(const InputFile& file, const SafetensorsHeader& header) {
  const Index data_bytes = file.size() - header.data_start;
  std::vector<const SafetensorsEntry*> sorted;
  for (const SafetensorsEntry& e : header.entries) sorted.push_back(&e);
  std::sort(sorted.begin(), sorted.end(), [](const SafetensorsEntry* a, const SafetensorsEntry* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });
  Index covered = 0;
  for (const SafetensorsEntry* e : sorted) {
    const auto fail = [&](const std::string& reason) { file.fail(tensor_text(e->name) + reason); };
    if (e->begin != covered)
      fail("expected its data at " + std::to_string(covered) + ", where those before end, got " +
           (e->begin > covered ? "a hole" : "an overlap") + " by data_offsets " + range_text(*e));
    if (e->end > data_bytes)
      fail("expected " + std::to_string(e->end) + " bytes of data, got " + std::to_string(data_bytes) +
           ": the file is cut off");
    covered = e->end;
  }
  if (covered != data_bytes)
    file.fail("expected " + std::to_string(covered) + " bytes of data by the header, got " +
              std::to_string(data_bytes));
}

SafetensorsHeader read_header(const InputFile& file) {
  SafetensorsHeader header;
  const auto fail = [&](const std::string& reason) {
    const std::string kind = other_kind(file);
    file.fail(kind.empty() ? reason : "expected a safetensors file, got " + kind);
  };
  if (file.size() < 8) fail("expected a safetensors file, at least 8 bytes, got " + std::to_string(file.size()));
  std::uint64_t length = 0;
  file.read(0, &length, 8);
  const Index most = std::min(most_header_bytes, file.size() - 8);
  if (length < 2 || std::cmp_greater(length, most))
    fail("header: expected a length of 2 to " + std::to_string(most) + " bytes, got " + std::to_string(length));
  header.data_start = 8 + static_cast<Index>(length);
  std::string text(length, ' ');
  file.read(8, text.data(), text.size());
  if (text[0] != '{') fail("header: expected '{' as its first byte, got '" + printable(text.substr(0, 1)) + "'");
  // The parser takes a zero byte for the end of its input, and would not see what follows.
  if (const std::size_t zero = text.find('\0'); zero != std::string::npos)
    file.fail("header: expected JSON in UTF-8, got a zero at its byte " + std::to_string(zero + 1));
  HeaderReader reader(file, header);
  Json::sax_parse(text, &reader);
  check_cover(file, header);
  return header;
}

}  // namespace

Index dtype_size(std::string_view dtype) {
  struct Known {
    std::string_view name;
    Index bytes;
  };
  for (const Known& known : {Known{"F32", 4},
                             {"F64", 8},
                             {"F16", 2},
                             {"BF16", 2},
                             {"I64", 8},
                             {"I32", 4},
                             {"I16", 2},
                             {"I8", 1},
                             {"U64", 8},
                             {"U32", 4},
                             {"U16", 2},
                             {"U8", 1},
                             {"BOOL", 1},
                             {"F8_E5M2", 1},
                             {"F8_E4M3", 1},
                             {"F8_E8M0", 1},
                             {"C64", 8}})
    if (known.name == dtype) return known.bytes;
  return 0;
}

const SafetensorsEntry* SafetensorsHeader::find(std::string_view name) const {
  const auto found = positions.find(name);
  return found == positions.end() ? nullptr : &entries[found->second];
}

Index SafetensorsHeader::values() const {
  Index n = 0;
  for (const SafetensorsEntry& e : entries) n += e.shape.size();
  return n;
}

SafetensorsFile::SafetensorsFile(const std::string& path) : file_(path), header_(read_header(file_)) {}

const SafetensorsEntry& SafetensorsFile::entry(std::string_view name) const {
  const SafetensorsEntry* found = header_.find(name);
  if (!found) fail(name, "expected in the file, got none of that name among " + std::to_string(header_.entries.size()));
  return *found;
}

void SafetensorsFile::read_bytes(const SafetensorsEntry& entry, Index offset, void* to, std::size_t n) const {
  if (offset < 0 || offset > entry.end - entry.begin || std::cmp_greater(n, entry.end - entry.begin - offset))
    fail(entry.name,
         "expected a range inside its data, got " + std::to_string(n) + " bytes at " + std::to_string(offset));
  file_.read(header_.data_start + entry.begin + offset, to, n);
}

std::vector<std::int64_t> SafetensorsFile::read_int64(std::string_view name) const {
  const SafetensorsEntry& e = entry(name);
  if (e.dtype != "I64") fail(name, "expected dtype I64, got " + e.dtype);
  std::vector<std::int64_t> values(e.shape.size());
  read_bytes(e, 0, values.data(), values.size() * sizeof values[0]);
  return values;
}

void SafetensorsFile::fail(std::string_view tensor, const std::string& reason) const {
  file_.fail(tensor_text(tensor) + reason);
}

}  // namespace gradus
