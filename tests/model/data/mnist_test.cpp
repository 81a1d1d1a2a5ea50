#include "model/data/mnist.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

namespace {

std::string number(std::uint32_t x, bool big_endian) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(x >> (big_endian ? 24 - 8 * i : 8 * i));
  return bytes;
}

std::string idx(std::uint32_t magic, const std::vector<std::uint32_t>& sizes, const std::string& values) {
  std::string bytes = number(magic, true);
  for (const std::uint32_t size : sizes) bytes += number(size, true);
  return bytes + values;
}

// A gzip stream without compression (RFC 1951, 1952), for up to 65,535 bytes.
std::string gzip(const std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
  }
  const auto length = static_cast<std::uint32_t>(bytes.size());
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11) + number(length | ~length << 16, false) + bytes +
         number(~crc, false) + number(length, false);
}

constexpr std::uint32_t images_magic = 0x803, labels_magic = 0x801;
const std::string images_name = "t10k-images-idx3-ubyte", labels_name = "t10k-labels-idx1-ubyte";

// n images: all pixels of image i are i; its label is i mod 10.
std::string images_file(std::uint32_t n) {
  std::string values;
  for (std::uint32_t i = 0; i < n; ++i) values += std::string(784, static_cast<char>(i));
  return idx(images_magic, {n, 28, 28}, values);
}
std::string labels_file(std::uint32_t n) {
  std::string values;
  for (std::uint32_t i = 0; i < n; ++i) values += static_cast<char>(i % 10);
  return idx(labels_magic, {n}, values);
}

// The error of a folder in which these two files stand.
std::string error_of(const std::string& images, const std::string& labels) {
  const TemporaryFolder folder;
  folder.file(images_name, images);
  folder.file(labels_name, labels);
  return thrown_by(folder, [&] { load_mnist(folder.path()); });
}

}  // namespace

TEST_CASE("MNIST's files load plain and compressed, under all their names") {
  const std::vector<std::pair<std::string, std::string>> names = {
      {images_name, labels_name},
      {images_name + ".gz", labels_name + ".gz"},
      {"t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte.gz"},
      {"mnist-t10k-images-idx3-ubyte.gz", "mnist-t10k-labels-idx1-ubyte"}};
  for (const auto& [images, labels] : names)
    for (const bool packed : {false, true}) {  // the bytes decide, not the name
      const TemporaryFolder folder;
      folder.file(images, packed ? gzip(images_file(10)) : images_file(10));
      folder.file(labels, packed ? gzip(labels_file(10)) : labels_file(10));
      const auto [name, train, test] = load_mnist(folder.path());
      REQUIRE(train.pixels.shape() == Shape{8, 1, 28, 28});
      REQUIRE(test.pixels.shape() == Shape{2, 1, 28, 28});
      REQUIRE(train.labels == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7});
      REQUIRE(test.labels == std::vector<Index>{8, 9});
      REQUIRE(train.glyphs.empty());
      REQUIRE(train.pixels.at({3, 0, 27, 27}) == Real(3) / 255);
      REQUIRE(test.pixels.at({1, 0, 0, 0}) == Real(9) / 255);
    }
}

TEST_CASE("with both pairs, the train pair trains and the t10k pair tests") {
  const TemporaryFolder folder;
  folder.file(images_name, images_file(3));
  folder.file(labels_name, labels_file(3));
  folder.file("train-images-idx3-ubyte", images_file(7));
  folder.file("train-labels-idx1-ubyte", labels_file(7));
  const auto [name, train, test] = load_mnist(folder.path());
  REQUIRE(train.size() == 7);
  REQUIRE(test.size() == 3);
  REQUIRE(test.pixels.at({2, 0, 5, 5}) == Real(2) / 255);
}

TEST_CASE("the brightest pixel is 1") {
  const TemporaryFolder folder;
  folder.file(images_name, idx(images_magic, {5, 28, 28}, std::string(5 * 784, '\xff')));
  folder.file(labels_name, labels_file(5));
  REQUIRE(load_mnist(folder.path()).test.pixels[0] == 1);
}

TEST_CASE("missing MNIST files are named") {
  const TemporaryFolder folder;
  const auto error = [&] { return thrown_by(folder, [&] { load_mnist(folder.path()); }); };
  REQUIRE(thrown_by(folder, [&] { load_mnist(folder / "nowhere"); }) ==
          "InputError: nowhere: no such folder, expected MNIST's files in it");
  REQUIRE(error() ==
          "InputError: " + folder.path() + ": no t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (plain or .gz)");
  folder.file(images_name, images_file(5));
  REQUIRE(error() == "InputError: " + folder.path() +
                         ": holds t10k-images-idx3-ubyte, but no t10k-labels-idx1-ubyte (plain or .gz)");
  folder.file(labels_name, labels_file(5));
  REQUIRE(error() == "");
  folder.file("train-labels-idx1-ubyte.gz", gzip(labels_file(5)));
  REQUIRE(error() == "InputError: " + folder.path() +
                         ": holds train-labels-idx1-ubyte.gz, but no train-images-idx3-ubyte (plain or .gz)");
}

TEST_CASE("a broken IDX file is refused with one clear line, plain and compressed") {
  const std::string images = images_file(5), labels = labels_file(5);
  const auto refused = [&](const std::string& bad_images, const std::string& bad_labels, const std::string& error) {
    REQUIRE(error_of(bad_images, bad_labels) == "InputError: " + error);
    REQUIRE(error_of(gzip(bad_images), gzip(bad_labels)) == "InputError: " + error);
  };
  refused(labels, images,
          images_name + ": not an IDX file of images: expected the magic number 0x00000803, got 0x00000801");
  refused(images, "some other text",
          labels_name + ": not an IDX file of labels: expected the magic number 0x00000801, got 0x736f6d65");
  refused("", labels, images_name + ": truncated: expected an IDX header of 16 bytes, got 0");
  refused(images.substr(0, 15), labels, images_name + ": truncated: expected an IDX header of 16 bytes, got 15");
  refused(images.substr(0, images.size() - 1), labels,
          images_name + ": truncated: its header promises 5 x 28 x 28 bytes of images, it holds 3919");
  refused(images + "ab", labels,
          images_name + ": too long: its header promises 5 x 28 x 28 bytes of images, it holds 3922");
  refused(images, labels + "a", labels_name + ": too long: its header promises 5 bytes of labels, it holds 6");
  refused(idx(images_magic, {5, 28, 27}, std::string(5 * 28 * 27, 'a')), labels,
          images_name + ": expected images of 28 x 28 pixels, got 28 x 27");
  refused(idx(images_magic, {0xffffffff, 0xffffffff, 0xffffffff}, "abc"), labels,
          images_name +
              ": truncated: its header promises 4294967295 x 4294967295 x 4294967295 bytes of images, it holds 3");
  // 2^31 * 2^31 * 4 wraps to 0 in 64 bits
  refused(idx(images_magic, {0x80000000, 0x80000000, 4}, ""), labels,
          images_name + ": truncated: its header promises 2147483648 x 2147483648 x 4 bytes of images, it holds 0");
  refused(images_file(0), labels_file(0), images_name + ": holds no images");
  refused(images, labels_file(4), images_name + " holds 5 images, but " + labels_name + " holds 4 labels");
  refused(images, idx(labels_magic, {5}, std::string("\0\1\2\x0a\4", 5)),
          labels_name + ": expected labels of 0 to 9, got 10 for image 3");
  refused(images, idx(labels_magic, {5}, std::string("\0\1\2\3\xff", 5)),
          labels_name + ": expected labels of 0 to 9, got 255 for image 4");
}

TEST_CASE("what stands in the place of an IDX file by mistake is called by its name") {
  REQUIRE(error_of("version https://git-lfs.github.com/spec/v1\n", labels_file(5)) ==
          "InputError: " + images_name +
              ": expected an IDX file of images, got a pointer of Git LFS to a file that was not fetched (git lfs pull "
              "fetches it)");
  REQUIRE(
      error_of(images_file(5), "<html>") ==
      "InputError: " + labels_name +
          ": expected an IDX file of labels, got a web page (HTML), perhaps an error of the server that it came from");
}

TEST_CASE("a broken gzip stream is refused with one clear line") {
  const std::string packed = gzip(images_file(5)), labels = labels_file(5);
  REQUIRE(error_of(packed.substr(0, packed.size() / 2), labels) ==
          "InputError: " + images_name + ": the gzip stream ends early");
  REQUIRE(error_of(packed.substr(0, packed.size() - 1), labels) ==
          "InputError: " + images_name + ": the gzip stream ends early");
  REQUIRE(error_of("\x1f\x8b", labels) == "InputError: " + images_name + ": the gzip stream ends early");
  REQUIRE(error_of(packed + "abc", labels) == "InputError: " + images_name + ": 3 bytes follow the gzip stream");
  std::string changed = packed;
  changed[100] ^= 1;
  REQUIRE(error_of(changed, labels) == "InputError: " + images_name + ": damaged gzip stream (incorrect data check)");
}

TEST_CASE("gzip's members are joined, and zeros behind them passed over") {
  const TemporaryFolder folder;
  const std::string images = images_file(5), labels = labels_file(5);
  folder.file(images_name,
              gzip(images.substr(0, 1000)) + gzip("") + gzip(images.substr(1000)) + std::string(512, '\0'));
  folder.file(labels_name, gzip(labels) + std::string(1, '\0'));
  const auto [name, train, test] = load_mnist(folder.path());
  REQUIRE(train.labels == std::vector<Index>{0, 1, 2, 3});
  REQUIRE(test.pixels[0] == static_cast<Real>(4) / 255);
  REQUIRE(error_of(gzip(images) + std::string("\0\0x", 3), labels) ==
          "InputError: " + images_name + ": 3 bytes follow the gzip stream");
  REQUIRE(error_of(gzip(images) + gzip("more").substr(0, 9), labels) ==
          "InputError: " + images_name + ": the gzip stream ends early");
  REQUIRE(error_of(gzip(images) + gzip("ab"), labels) ==
          "InputError: " + images_name + ": too long: its header promises 5 x 28 x 28 bytes of images, it holds 3922");
}

TEST_CASE("a folder with the name of a file does not hide the file under its other name") {
  const TemporaryFolder folder;
  folder.file("train-images.idx3-ubyte", images_file(7));
  folder.file("train-labels.idx1-ubyte", labels_file(7));
  folder.file(images_name, images_file(3));
  folder.file(labels_name, labels_file(3));
  std::filesystem::create_directory(folder / "train-images-idx3-ubyte");
  REQUIRE(load_mnist(folder.path()).train.size() == 7);
}

TEST_CASE("a folder of MNIST's files that cannot be read is named on one line") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("circle", folder / "circle");
  const auto error = [&](const std::string& path) { return thrown_by(folder, [&] { load_mnist(path); }); };
  REQUIRE(error(folder / "circle") == "InputError: circle: cannot be read: Too many levels of symbolic links");
  const std::string name(300, 'x');
  REQUIRE(error(folder / name) == "InputError: " + name + ": cannot be read: File name too long");
  REQUIRE(error(folder / "a\n\xff") == "InputError: a\\x0a\\xff: no such folder, expected MNIST's files in it");
  REQUIRE(error(folder.file("file", "")) == "InputError: file: no such folder, expected MNIST's files in it");
  std::filesystem::create_directory(folder / "closed");
  chmod((folder / "closed").c_str(), 0);
  const AsSomebody somebody(folder);
  REQUIRE(error(folder / "closed") == "InputError: closed/t10k-images-idx3-ubyte: cannot be read: Permission denied");
}

TEST_CASE("one image cannot be divided, two are one to train and one to test") {
  const TemporaryFolder folder;
  folder.file(images_name, images_file(1));
  folder.file(labels_name, labels_file(1));
  REQUIRE(thrown_by(folder, [&] { load_mnist(folder.path()); }) ==
          "InputError: " + folder.path() + ": expected at least 2 images, to train and to test on, got 1");
  folder.file(images_name, images_file(2));
  folder.file(labels_name, labels_file(2));
  const auto two = load_mnist(folder.path());
  REQUIRE(two.train.size() == 1);
  REQUIRE(two.test.size() == 1);
  folder.file("train-images-idx3-ubyte", images_file(1));
  folder.file("train-labels-idx1-ubyte", labels_file(1));
  REQUIRE(load_mnist(folder.path()).train.size() == 1);
  REQUIRE(load_mnist(folder.path()).test.size() == 2);
}

TEST_CASE("the real MNIST") {
  const char* folder = std::getenv("GRADUS_DATA");
  if (folder == nullptr) {
    WARN("skipped: GRADUS_DATA does not name a folder with MNIST's files");
    return;
  }
  const auto [name, train, test] = load_mnist(folder);
  const bool whole = train.size() == 60000;
  REQUIRE((whole ? test.size() == 10000 : train.size() == 8000 && test.size() == 2000));
  const std::vector<Index>& first = whole ? test.labels : train.labels;  // the t10k pair begins with these ten
  REQUIRE(std::vector<Index>(first.begin(), first.begin() + 10) == std::vector<Index>{7, 2, 1, 0, 4, 1, 4, 9, 5, 9});
  double mean = 0;
  for (const Real x : train.pixels.values()) mean += x / static_cast<double>(train.pixels.size());
  REQUIRE(mean == Approx(0.1307).margin(0.003));
  std::vector<int> counts(10);
  for (const Index label : test.labels) ++counts[label];
  if (!whole)
    for (const Index label : train.labels) ++counts[label];
  REQUIRE(counts == std::vector<int>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
}
