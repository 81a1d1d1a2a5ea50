// safetensors: the file format that weights come in (https://github.com/huggingface/safetensors).
//
//   bytes 0 ... 7      N, the header's length: an unsigned 64-bit number, lowest byte first
//   bytes 8 ... 8+N-1  the header: JSON, UTF-8
//   bytes 8+N ...      the data: the tensors' values, nothing else
//
// The header of a file with one tensor, 2 x 3 values of 4 bytes:
//
//   {"__metadata__": {"format": "pt"}, "wte.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
//
// data_offsets are the tensor's first byte and the one after its last, counted from the start of the data. Values are
// row-major, lowest byte first. __metadata__ may be left out; it maps strings to strings.
//
// Nothing in a file is code (unlike in a pickle), and every file has one meaning, because a reader refuses:
//   - a header of more than 100,000,000 bytes, one that does not start with '{', and a name that occurs twice;
//   - a size that is not the product of the shape times the bytes of one value;
//   - holes between tensors, overlaps, and data that no tensor covers: sorted by offset, each begins where the one
//     before ends, the first at 0, the last ends with the file.
// So header and file length vouch for each other: whoever knows that the header is right knows that all data are there.
// A writer pads the header with spaces until the data start at a multiple of 8 bytes, and puts wide types first, so
// that every value is aligned in a file that is mapped into memory. A reader need not insist on that.
//
// Beyond the format, this reader knows no type of less than a byte, no field but the three, and at most six axes.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/shape.h"
#include "model/files/file.h"

namespace gradus {

// One tensor, as the header describes it.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  // "F32", "BF16", "I64" ...
  Shape shape;
  Index begin = 0, end = 0;  // bytes, from the start of the data
};

struct GRADUS_API SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the header's order
  std::map<std::string, std::string> metadata;
  Index data_start = 0;                                       // where in the file the data start: 8 + N
  std::map<std::string, std::size_t, std::less<>> positions;  // of each name in `entries`

  const SafetensorsEntry* find(std::string_view name) const;  // null where there is none
  Index values() const;                                       // of all tensors together
};

// The bytes of one value of this type; 0 for a type that is not known.
GRADUS_API Index dtype_size(std::string_view dtype);

// A safetensors file, open for reading.
class GRADUS_API SafetensorsFile {
 public:
  // Reads the header and checks all of the above; the data stay where they are. Throws InputError, which says so where the
  // file is what often stands in the place of weights: a pointer of Git LFS, a web page, a pickle.
  explicit SafetensorsFile(const std::string& path);

  const std::string& path() const { return file_.path(); }
  const SafetensorsHeader& header() const { return header_; }
  const SafetensorsEntry& entry(std::string_view name) const;  // throws InputError where there is none

  // n bytes of the tensor's data, from its byte `offset` on. Throws InputError where the disk fails.
  void read_bytes(const SafetensorsEntry& entry, Index offset, void* to, std::size_t n) const;
  std::vector<std::int64_t> read_int64(std::string_view name) const;  // all values; throws InputError unless it is I64

  // Throws InputError: "path: reason", or "path: tensor "name": reason".
  [[noreturn]] void fail(const std::string& reason) const { file_.fail(reason); }
  [[noreturn]] void fail(std::string_view tensor, const std::string& reason) const;

 private:
  InputFile file_;
  SafetensorsHeader header_;
};

// A tensor to be written. The memory stays the caller's.
struct SafetensorsTensor {
  std::string name;
  std::string dtype;
  Shape shape;
  const void* data = nullptr;  // shape.size() values, in this machine's byte order
};

// Writes a file with these tensors: wide types first, otherwise in the order given, so the same arguments make the same
// bytes. It appears whole or not at all (file.h). Throws Error.
GRADUS_API void write_safetensors(const std::string& path, std::span<const SafetensorsTensor> tensors,
                                  const std::map<std::string, std::string>& metadata = {});

}  // namespace gradus
