// Weights between files and parameters, in double precision.
#include "model/files/weights.h"

#include <bit>
#include <limits>

#include "autograd/random.h"
#include "tests/catch.h"
#include "tests/model/files/safetensors_bytes.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

namespace {

// wte.weight (2, 3) and ln_f.bias (2), with values that no file holds.
struct TwoParameters {
  Parameter wte{"wte.weight", Tensor({2, 3}, {-1, -2, -3, -4, -5, -6})}, ln_f{"ln_f.bias", Tensor({2}, {-7, -8})};
  Parameters list() { return {&wte, &ln_f}; }
};

const std::vector<float> wte_values{1, 2.5, -0.0F, 1e-45F, 3e38F, 0.1F}, ln_f_values{7, 8};

// A file as safetensors.torch.save_file writes it: metadata first, names in alphabetical order, no blanks, the header
// padded with spaces to a multiple of 8.
const std::string good_header =
    R"({"__metadata__":{"format":"pt"},"ln_f.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
    R"("wte.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]}})"
    "  ";
std::string good_file() {
  return file_of(good_header, bytes_of(ln_f_values) + bytes_of(wte_values));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The error of loading the two parameters from a file with these bytes; checks that they did not change.
std::string load_error(const std::string& bytes, const LoadOptions& options = {}) {
  const TemporaryFolder folder;
  folder.file("f", bytes);
  TwoParameters p;
  const TwoParameters before;
  const std::string error = thrown_by(folder, [&] { load_weights(folder / "f", p.list(), options); });
  REQUIRE(!error.empty());
  REQUIRE(same_bits(p.wte.value(), before.wte.value()));
  REQUIRE(same_bits(p.ln_f.value(), before.ln_f.value()));
  REQUIRE(p.wte.version() == before.wte.version());
  return error;
}

}  // namespace

TEST_CASE("a file in PyTorch's layout loads, value by value") {
  REQUIRE((8 + good_header.size()) % 8 == 0);
  const TemporaryFolder folder;
  folder.file("f", good_file());
  TwoParameters p;
  const Real* place = p.wte.value().data();
  load_weights(folder / "f", p.list());
  for (Index i = 0; i < 6; ++i) REQUIRE(p.wte.value()[i] == static_cast<double>(wte_values[i]));
  REQUIRE(std::signbit(p.wte.value()[2]));
  REQUIRE(p.ln_f.value().str() == "(2) [7, 8]");
  REQUIRE(p.wte.value().data() == place);  // written in place
  REQUIRE(p.wte.version() == 1);           // so that a tape notices
}

TEST_CASE("a file that is bad anywhere changes nothing") {
  const std::string f = "InputError: f: ", good = good_file();
  const auto with = [&](const std::string& from, const std::string& to) {
    return file_of(replaced(good_header, from, to), good.substr(8 + good_header.size()));
  };
  REQUIRE(load_error(good.substr(0, 5)) == f + "expected a safetensors file, at least 8 bytes, got 5");
  REQUIRE(load_error(good.substr(0, good.size() - 1)) ==
          f + "tensor \"wte.weight\": expected 32 bytes of data, got 31: the file is cut off");
  REQUIRE(load_error(good + "x") == f + "expected 32 bytes of data by the header, got 33");
  REQUIRE(load_error(with("[2,3]", "[3,2]")) == f + "tensor \"wte.weight\": expected shape (2, 3), got (3, 2)");
  REQUIRE(load_error(with("[2,3]", "[6]")) == f + "tensor \"wte.weight\": expected shape (2, 3), got (6)");
  REQUIRE(load_error(with("[2]", "[2,1]")) == f + "tensor \"ln_f.bias\": expected shape (2), got (2, 1)");
  REQUIRE(load_error(with("ln_f.bias", "ln_f.bia")) ==
          f + "tensor \"ln_f.bias\": expected in the file with shape (2), got none of that name");
  REQUIRE(load_error(with("F32\",\"shape\":[2]", "I32\",\"shape\":[2]")) ==
          f + "tensor \"ln_f.bias\": expected dtype F32, F64, F16 or BF16, got I32");
  REQUIRE(load_error(with("\"__metadata__\":{\"format\":\"pt\"}", entry("extra", "U8", "[0]", 0, 0))) ==
          f + "tensor \"extra\": expected only tensors of the model's parameters, got one that is none of them");
  REQUIRE(load_error(with("ln_f.bias", "wte.weight")) == f + "header: the name \"wte.weight\" occurs twice");

  const TemporaryFolder folder;
  TwoParameters p;
  REQUIRE(thrown_by(folder, [&] { load_weights(folder / "none", p.list()); }) ==
          "InputError: none: cannot open: No such file or directory");
  REQUIRE(thrown_by(folder, [&] { load_weights(folder.path(), p.list()); }) ==
          "InputError: " + folder.path() + ": expected a file, got a folder");
  REQUIRE(p.wte.version() == 0);
}

TEST_CASE("two parameters of one name are a mistake of the model, not of the file") {
  const TemporaryFolder folder;
  folder.file("f", good_file());
  Parameter a("wte.weight", Shape{2, 3}), b("wte.weight", Shape{2, 3});
  REQUIRE(thrown_by(folder, [&] {
            load_weights(folder / "f", {&a, &b}, {.allow_unexpected = true});
          }) == "Error: load_weights: two parameters have the name wte.weight");
  REQUIRE(thrown_by(folder, [&] {
            save_weights(folder / "g", {&a, &b});
          }) == "Error: g: tensor \"wte.weight\": expected a name of its own, got one that is taken");
}

TEST_CASE("other tensors are passed over where that is allowed") {
  const TemporaryFolder folder;
  folder.file("f", good_file());
  Parameter ln_f("ln_f.bias", Shape{2});
  load_weights(folder / "f", {&ln_f}, {.allow_unexpected = true});
  REQUIRE(ln_f.value().str() == "(2) [7, 8]");
  ln_f.mutable_value().fill(0);
  load_weights(folder / "f", {&ln_f}, {.ignore = [](std::string_view name) { return name == "wte.weight"; }});
  REQUIRE(ln_f.value().str() == "(2) [7, 8]");
}

TEST_CASE("what is saved is loaded again, bit for bit") {
  using limits = std::numeric_limits<double>;
  const double nan = std::bit_cast<double>(0xfff8000000abcdefULL);  // a sign and a payload
  const TemporaryFolder folder;
  const Parameter a("a", Tensor({2, 4}, {nan, -0.0, limits::denorm_min(), -limits::infinity(), limits::max(), 0.1,
                                         limits::min() / 3, -1})),
      scalar("b.scalar", Tensor({}, {42})), none("none", Tensor(Shape{0, 3}));
  const Parameters list{const_cast<Parameter*>(&a), const_cast<Parameter*>(&scalar), const_cast<Parameter*>(&none)};
  save_weights(folder / "f", list, {{"n_layer", "2"}});
  Parameter a2("a", Shape{2, 4}), scalar2("b.scalar", Shape{}), none2("none", Shape{0, 3});
  load_weights(folder / "f", {&scalar2, &none2, &a2});  // in any order
  REQUIRE(same_bits(a.value(), a2.value()));
  REQUIRE(same_bits(scalar.value(), scalar2.value()));

  const Parts parts = parts_of(folder.bytes_of("f"));
  REQUIRE(parts.header == R"({"__metadata__":{"format":"pt","n_layer":"2"},)" + entry("a", "F64", "[2,4]", 0, 64) +
                              "," + entry("b.scalar", "F64", "[]", 64, 72) + "," +
                              entry("none", "F64", "[0,3]", 72, 72) + "}" +
                              std::string(parts.header.size() - parts.header.find_last_of('}') - 1, ' '));
  REQUIRE((8 + parts.header_length) % 8 == 0);
  REQUIRE(parts.data.size() == 72);
  REQUIRE(std::memcmp(parts.data.data(), a.value().data(), 64) == 0);

  const std::string first = folder.bytes_of("f");
  save_weights(folder / "f", list, {{"n_layer", "2"}});
  REQUIRE(folder.bytes_of("f") == first);
  REQUIRE(folder.count() == 1);
}

TEST_CASE("saving that fails leaves the old file") {
  const TemporaryFolder folder;
  TwoParameters p;
  save_weights(folder / "f", p.list());
  const std::string before = folder.bytes_of("f");
  Parameter bad("\xff", Tensor({1}, {1}));
  REQUIRE(thrown_by(folder, [&] {
            save_weights(folder / "f", {&p.wte, &bad});
          }) == "Error: f: expected names and metadata in UTF-8, got \"\\xff\"");
  REQUIRE(thrown_by(folder, [&] { save_weights(folder / "none/f", p.list()); }) ==
          "Error: none/f: cannot make a file in its folder: No such file or directory");
  REQUIRE(folder.bytes_of("f") == before);
  REQUIRE(folder.count() == 1);
}

TEST_CASE("a GPT-2 checkpoint loads under Hugging Face's names") {
  const std::vector<float> head{1, 2, 3, 4, 5, 6}, bias{7, 8}, mask{1, 0, 1, 1, -1e4F};
  const auto checkpoint = [&](const std::string& prefix, const std::string& extra, const std::vector<float>& lm_head) {
    return file_of(R"({"__metadata__":{"format":"pt"},)" + entry(prefix + "wte.weight", "F32", "[2,3]", 0, 24) + "," +
                       entry(prefix + "ln_f.bias", "F32", "[2]", 24, 32) + "," +
                       entry("lm_head.weight", "F32", "[2,3]", 32, 56) + "," +
                       entry(prefix + "h.0.attn.bias", "F32", "[1,1,2,2]", 56, 72) + "," +
                       entry(prefix + "h.11.attn.masked_bias", "F32", "[]", 72, 76) + extra + "}",
                   bytes_of(head) + bytes_of(bias) + bytes_of(lm_head) + bytes_of(mask));
  };
  for (const std::string prefix : {"", "transformer."}) {
    const TemporaryFolder folder;
    TwoParameters p;
    load_weights(folder.file("f", checkpoint(prefix, "", head)), p.list(), gpt2_layout());
    REQUIRE(p.wte.value().str() == "(2, 3) [1, 2, 3, 4, 5, 6]");
    REQUIRE(p.ln_f.value().str() == "(2) [7, 8]");
    const auto extra = [&](const std::string& name) {
      return load_error(checkpoint(prefix, "," + entry(prefix + name, "F32", "[0]", 76, 76), head), gpt2_layout());
    };
    for (const char* name : {"h.0.attn.biases", "h..attn.bias", "h.x.attn.bias", "h.0.attn", "h.0", "h.",
                             "x.0.attn.bias", "h.1.attn.c_attn.bias"})
      REQUIRE(extra(name) == "InputError: f: tensor \"" + prefix + name +
                                 "\": expected only tensors of the model's parameters, got one that is none of them");
    std::vector<float> untied = head;
    untied[5] = 6.5F;
    REQUIRE(load_error(checkpoint(prefix, "", untied), gpt2_layout()) ==
            "InputError: f: tensor \"lm_head.weight\": expected the same values as \"" + prefix +
                "wte.weight\", got others");
  }
  REQUIRE(load_error(checkpoint("transformer.", "", head)) ==
          "InputError: f: tensor \"wte.weight\": expected in the file with shape (2, 3), got none of that name");
  REQUIRE(load_error(checkpoint("transformer.", "," + entry("ln_f.bias", "F32", "[0]", 76, 76), head), gpt2_layout()) ==
          "InputError: f: tensor \"ln_f.bias\": is the same, but for the prefix, as \"transformer.ln_f.bias\"");
}

// Bytes that are flipped, replaced, put in, taken out or doubled, mostly in the header.
TEST_CASE("a damaged file loads, or throws InputError on one line and changes nothing") {
  const TemporaryFolder folder;
  const std::string good = good_file();
  int loaded = 0, refused = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed, "damage");
    std::string bytes = good;
    for (Index n = random.below(3); n >= 0; --n) {
      const Index end = static_cast<Index>(random.below(5) > 0 ? 8 + good_header.size() : bytes.size());
      const std::size_t at = random.below(std::min(end, static_cast<Index>(bytes.size())));
      const std::string likely = "{}[]\":,0123456789-.e \\u\n";
      const char byte = random.below(2) ? likely[random.below(static_cast<Index>(likely.size()))]
                                        : static_cast<char>(random.below(256));
      switch (random.below(5)) {
        case 0:
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
          break;
        case 1:
          bytes[at] = byte;
          break;
        case 2:
          bytes.insert(at, 1, byte);
          break;
        case 3:
          bytes.erase(at, 1 + random.below(4));
          break;
        default:
          bytes.insert(at, bytes.substr(at, 1 + random.below(60)));
      }
      // Half of the time the length is put right again, so that the damage reaches the parser.
      if (bytes.size() > 40 && random.below(2)) bytes.replace(0, 8, length_bytes(bytes.size() - 8 - 32));
    }
    folder.file("f", bytes);
    TwoParameters p;
    const TwoParameters before;
    try {
      load_weights(folder / "f", p.list());
      ++loaded;
    } catch (const InputError& e) {
      ++refused;
      const std::string text = e.what();
      INFO("seed " << seed << ": " << text);
      REQUIRE(printable(text, text.size()) == text);
      REQUIRE((same_bits(p.wte.value(), before.wte.value()) && same_bits(p.ln_f.value(), before.ln_f.value())));
    }
  }
  REQUIRE(loaded > 20);
  REQUIRE(refused > 2000);
}
