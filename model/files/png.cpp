#include "model/files/png.h"

#include <png.h>

#include <csetjmp>
#include <exception>
#include <utility>

#include "autograd/error.h"
#include "model/files/file.h"

namespace gradus {
namespace {

struct Encoded {
  std::string bytes;
  std::string error;
};

// libpng calls these. It is C: no C++ exception may pass through it, so memory that runs out is noted and returned
// from.
void on_error(png_structp png, png_const_charp message) {
  try {
    static_cast<Encoded*>(png_get_error_ptr(png))->error = message;
  } catch (const std::exception&) {
  }
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_write(png_structp png, png_bytep from, png_size_t n) {
  bool written = false;
  try {
    static_cast<Encoded*>(png_get_io_ptr(png))->bytes.append(reinterpret_cast<const char*>(from), n);
    written = true;
  } catch (const std::exception&) {
  }
  if (!written) png_error(png, "out of memory");
}

void on_flush(png_structp) {}

// libpng reports an error by a jump back to setjmp, which skips destructors: everything that has one lives in the
// caller.
bool encode(png_structp png, png_infop info, Encoded& out, Index width, Index height, int channels,
            const std::uint8_t* pixels) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_write_fn(png, &out, on_write, on_flush);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
               channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (Index y = 0; y < height; ++y) png_write_row(png, pixels + y * width * channels);
  png_write_end(png, info);
  return true;
}

// Errors begin with `name`.
std::string encoded(const std::string& name, Index width, Index height, int channels,
                    std::span<const std::uint8_t> pixels) {
  constexpr Index most = 1'000'000;  // libpng's own limit for a side
  const bool fits = width >= 1 && width <= most && height >= 1 && height <= most && (channels == 1 || channels == 3) &&
                    static_cast<Index>(pixels.size()) == width * height * channels;
  if (!fits)
    throw Error(name + ": expected width x height x channels (1 or 3) bytes, got " + std::to_string(pixels.size()) +
                " for " + std::to_string(width) + " x " + std::to_string(height) + " x " + std::to_string(channels));
  Encoded out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &out, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  const bool done = info && encode(png, info, out, width, height, channels, pixels.data());
  png_destroy_write_struct(&png, &info);
  if (!done) throw Error(name + ": cannot make a PNG: " + (out.error.empty() ? "out of memory" : out.error));
  return std::move(out.bytes);
}

}  // namespace

std::string png_bytes(Index width, Index height, int channels, std::span<const std::uint8_t> pixels) {
  return encoded("png", width, height, channels, pixels);
}

void write_png(const std::string& path, Index width, Index height, int channels, std::span<const std::uint8_t> pixels) {
  write_file_atomically(path, encoded(printable(path, 4096), width, height, channels, pixels));
}

}  // namespace gradus
