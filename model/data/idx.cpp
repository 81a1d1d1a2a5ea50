#include "model/data/idx.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>

#include "autograd/error.h"
#include "model/data/glyph.h"
#include "model/files/other_kind.h"

namespace gradus {
namespace {

constexpr Index most_bytes = Index{1} << 30;  // of one file, inflated: MNIST's largest has 47 million

// Inflates one member after another (RFC 1952, 2.2) and passes over zeros behind the last, as gzip does.
std::string gunzip(const std::string& packed, const InputFile& file) {
  z_stream z = {};
  if (inflateInit2(&z, 15 + 16) != Z_OK) throw Error("zlib cannot start");  // 15: largest window, 16: gzip only
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));   // zlib does not write there
  z.avail_in = static_cast<uInt>(packed.size());
  std::string bytes;
  const auto rest = [&] { return std::string_view(packed).substr(packed.size() - z.avail_in); };
  int status = Z_OK;
  while (status == Z_OK && std::ssize(bytes) < most_bytes) {
    const std::size_t done = bytes.size(), piece = 1 << 20;
    bytes.resize(done + piece);
    z.next_out = reinterpret_cast<Bytef*>(bytes.data() + done);
    z.avail_out = static_cast<uInt>(piece);
    status = inflate(&z, Z_NO_FLUSH);
    bytes.resize(done + piece - z.avail_out);
    if (status == Z_STREAM_END && rest().starts_with("\x1f\x8b")) status = inflateReset(&z);
  }
  const std::string reason = z.msg ? z.msg : "unknown reason";
  inflateEnd(&z);
  if (status == Z_OK) file.fail("inflates to more than a gigabyte, which is not MNIST");
  if (status == Z_BUF_ERROR) file.fail("the gzip stream ends early");
  if (status != Z_STREAM_END) file.fail("damaged gzip stream (" + reason + ")");
  if (rest().find_first_not_of('\0') != std::string_view::npos)
    file.fail(std::to_string(rest().size()) + " bytes follow the gzip stream");
  return bytes;
}

std::string hex(std::uint32_t x) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%08x", x);
  return text;
}

struct Idx {
  std::vector<Index> sizes;
  std::vector<std::uint8_t> values;
};

// `kind` says in errors what the file should be, for instance "images".
Idx read_idx(const std::string& path, std::uint32_t axes, const std::string& kind) {
  const InputFile file(path);
  if (file.size() > most_bytes) file.fail("larger than a gigabyte, which is not MNIST");
  std::string bytes(file.size(), '\0');
  file.read(0, bytes.data(), bytes.size());
  if (bytes.starts_with("\x1f\x8b")) bytes = gunzip(bytes, file);

  const auto number = [&](std::size_t at) {
    std::uint32_t x = 0;
    for (std::size_t i = at; i < at + 4; ++i) x = x << 8 | static_cast<std::uint8_t>(bytes[i]);
    return x;
  };
  const std::size_t header = 4 + 4 * axes;
  const std::uint32_t magic = 0x800 + axes;
  const std::string other = bytes.size() < 4 || number(0) != magic ? other_kind(file) : "";
  if (!other.empty()) file.fail("expected an IDX file of " + kind + ", got " + other);
  if (bytes.size() >= 4 && number(0) != magic)
    file.fail("not an IDX file of " + kind + ": expected the magic number " + hex(magic) + ", got " + hex(number(0)));
  if (bytes.size() < header)
    file.fail("truncated: expected an IDX header of " + std::to_string(header) + " bytes, got " +
              std::to_string(bytes.size()));
  Idx idx;
  Index promised = 1;  // kept at one above most_bytes when it is larger, so that no product overflows
  std::string sizes;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const Index size = number(4 + 4 * axis);
    idx.sizes.push_back(size);
    promised = std::min(promised * size, most_bytes + 1);
    sizes += (axis > 0 ? " x " : "") + std::to_string(size);
  }
  const Index held = static_cast<Index>(bytes.size() - header);
  if (idx.sizes[0] == 0) file.fail("holds no " + kind);
  if (held != promised)
    file.fail((held < promised ? "truncated: its header promises " : "too long: its header promises ") + sizes +
              " bytes of " + kind + ", it holds " + std::to_string(held));
  idx.values.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header), bytes.end());
  return idx;
}

}  // namespace

LabelledBytes read_idx_pair(const std::string& images_path, const std::string& labels_path) {
  Idx images = read_idx(images_path, 3, "images");
  if (images.sizes[1] != glyph_side || images.sizes[2] != glyph_side)
    throw InputError(printable(images_path, 4096) + ": expected images of 28 x 28 pixels, got " +
                     std::to_string(images.sizes[1]) + " x " + std::to_string(images.sizes[2]));
  const Idx labels = read_idx(labels_path, 1, "labels");
  if (images.sizes[0] != labels.sizes[0])
    throw InputError(printable(images_path, 4096) + " holds " + std::to_string(images.sizes[0]) + " images, but " +
                     printable(labels_path, 4096) + " holds " + std::to_string(labels.sizes[0]) + " labels");
  const auto bad = std::find_if(labels.values.begin(), labels.values.end(), [](int label) { return label > 9; });
  if (bad != labels.values.end())
    throw InputError(printable(labels_path, 4096) + ": expected labels of 0 to 9, got " + std::to_string(*bad) +
                     " for image " + std::to_string(bad - labels.values.begin()));
  return {std::move(images.values), std::vector<Index>(labels.values.begin(), labels.values.end())};
}

}  // namespace gradus
