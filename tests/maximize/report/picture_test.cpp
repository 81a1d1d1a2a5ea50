// Pictures: grey images, contact sheets, PNG, base64, terminals.
#include "maximize/report/picture.h"

#include "autograd/error.h"
#include "model/files/file.h"
#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using Catch::Matchers::Contains;
using Bytes = std::vector<std::uint8_t>;

TEST_CASE("grey images: 0 is black, 1 is white, what is outside is cut off, and a range is stretched to both") {
  const Tensor x({2, 3}, {0, 0.5, 1, -2, 7, 0.25});
  const GreyImage image = grey_image(x.data(), 2, 3, "six");
  REQUIRE(image.width == 3);
  REQUIRE(image.height == 2);
  REQUIRE(image.caption == "six");
  REQUIRE(image.values == Bytes{0, 128, 255, 0, 255, 64});
  REQUIRE(grey_image(x.data(), 2, 3, Real(-2), Real(7)).values == Bytes{57, 71, 85, 0, 255, 64});
  const Tensor same({1, 2}, {3, 3});
  REQUIRE(grey_image(same.data(), 1, 2, Real(3), Real(3)).values == Bytes{0, 0});
}

TEST_CASE("a contact sheet has the images in rows, enlarged, with a gap as wide as a pixel of theirs") {
  const Tensor three({3, 1, 1, 2}, {0, 1, 1, 0, 1, 1});
  const GreyImage sheet = contact_sheet(three, 2, 2);
  REQUIRE(sheet.width == 10);  // 2 images of 2 pixels, twice as large, and the gap
  REQUIRE(sheet.height == 6);
  const Bytes first = {0, 0, 255, 255, 96, 96, 255, 255, 0, 0};
  const Bytes gap(10, 96), last = {255, 255, 255, 255, 96, 96, 96, 96, 96, 96};
  Bytes expected;
  for (const Bytes* row : {&first, &first, &gap, &gap, &last, &last})
    expected.insert(expected.end(), row->begin(), row->end());
  REQUIRE(sheet.values == expected);
  REQUIRE(contact_sheet(Tensor({1, 2}, {0, 1})).values == Bytes{0, 255});  // one image, no gap
  REQUIRE_THROWS_WITH(
      contact_sheet(Tensor(Shape{2, 3, 4, 4}), 1, 1),
      "contact_sheet: expected images (N, 1, H, W) or (H, W), columns and zoom of at least 1, got (2, 3, 4, 4), 1 and 1");
  REQUIRE_THROWS_WITH(contact_sheet(Tensor(Shape{0, 1, 4, 4}), 1, 1), Contains("got (0, 1, 4, 4)"));
  REQUIRE_THROWS_WITH(contact_sheet(three, 0, 1), Contains("0 and 1"));
}

TEST_CASE("a picture in memory is the PNG file that is written") {
  const test::TemporaryFolder folder;
  const Tensor image({1, 1, 2, 2}, {0, 0.2, 0.6, 1});
  write_contact_sheet(folder / "a.png", image, 1, 3);
  const std::string bytes = png(contact_sheet(image, 1, 3));
  REQUIRE(read_file(folder / "a.png") == bytes);
  REQUIRE(bytes.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  REQUIRE_THROWS_WITH(png(GreyImage{2, 2, {1, 2, 3}}),
                      "png: expected width x height x channels (1 or 3) bytes, got 3 for 2 x 2 x 1");
}

TEST_CASE("base64 of RFC 4648's test vectors") {
  const char* const text = "foobar";
  const char* const coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
  for (std::size_t n = 0; n <= 6; ++n) REQUIRE(base64(std::string_view(text, n)) == coded[n]);
  REQUIRE(base64(Bytes{0xfb, 0xff}) == "+/8=");
}

TEST_CASE("a terminal shows two rows of pixels in a line") {
  const GreyImage image{2, 3, {0, 255, 12, 238, 128, 3}};  // of the table's greys 8 is nearest to 12
  REQUIRE(terminal_picture(image) ==
          "\033[38;5;16;48;5;232m\u2580\033[38;5;231;48;5;255m\u2580\033[0m\n"
          "\033[38;5;244m\u2580\033[38;5;16m\u2580\033[0m\n");
}
