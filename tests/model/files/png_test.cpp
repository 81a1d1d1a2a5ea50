#include "model/files/png.h"

#include <png.h>

#include <vector>

#include "model/files/file.h"
#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

namespace {

struct Picture {
  unsigned width, height, format;
  std::vector<std::uint8_t> pixels;
};

Picture read_back(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&image, path.c_str()));
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  const unsigned format = image.format;
  REQUIRE(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr));
  return {image.width, image.height, format, pixels};
}

}  // namespace

TEST_CASE("a picture is written, grey and in colour") {
  const TemporaryFolder folder;
  for (const int channels : {1, 3}) {
    constexpr Index width = 28, height = 13;
    std::vector<std::uint8_t> pixels;
    for (Index i = 0; i < width * height * channels; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 37 + i / 256));
    write_png(folder / "a.png", width, height, channels, pixels);
    const Picture got = read_back(folder / "a.png");
    REQUIRE(got.width == 28);
    REQUIRE(got.height == 13);
    REQUIRE(got.format == (channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB));
    REQUIRE(got.pixels == pixels);
  }
  REQUIRE(folder.count() == 1);
}

TEST_CASE("a picture that does not fit its sizes, or its folder, is not written") {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> pixels(12);
  const auto error = [&](const std::string& name, Index width, Index height, int channels) {
    return thrown_by(folder, [&] { write_png(folder / name, width, height, channels, pixels); });
  };
  const std::string expected = "Error: a.png: expected width x height x channels (1 or 3) bytes, got 12 for ";
  REQUIRE(error("a.png", 3, 3, 1) == expected + "3 x 3 x 1");
  REQUIRE(error("a.png", 3, 2, 2) == expected + "3 x 2 x 2");
  REQUIRE(error("a.png", 0, 4, 3) == expected + "0 x 4 x 3");
  REQUIRE(error("a.png", -4, -1, 3) == expected + "-4 x -1 x 3");
  REQUIRE(error("a.png", Index{1} << 62, 4, 3) == expected + "4611686018427387904 x 4 x 3");
  REQUIRE(error("none/a.png", 2, 2, 3) ==
          "Error: none/a.png: cannot make a file in its folder: No such file or directory");
  REQUIRE(folder.count() == 0);
}
