#include "model/files/weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "autograd/error.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

constexpr const char* real_dtype = sizeof(Real) == 4 ? "F32" : "F64";
constexpr Index piece_bytes = 1 << 16;  // how much of a file is in memory at a time

// BF16: the upper half of a float.
float from_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// F16 (IEEE 754 binary16): 1 sign bit, 5 of the exponent e, 10 of the fraction f.
//   e = 0   f 2^-24: zero and the subnormals        e = 31   infinity, or NaN where f is not 0
//   else    (1 + f 2^-10) 2^(e - 15): the same as a float, whose exponent's bias is 127 and not 15
float from_f16(std::uint16_t bits) {
  const std::uint32_t e = (bits >> 10) & 31U, f = bits & 1023U, sign = (bits & 0x8000U) << 16;
  if (e == 0) return std::copysign(static_cast<float>(f) * 0x1p-24F, std::bit_cast<float>(sign));
  return std::bit_cast<float>(sign | (e == 31 ? 255U : e + 112U) << 23 | f << 13);
}

template <class Stored, class Convert>
void convert(const SafetensorsFile& file, const SafetensorsEntry& e, std::span<Real> to, Convert number) {
  std::vector<Stored> piece(piece_bytes / sizeof(Stored));
  for (std::size_t done = 0; done < to.size(); done += piece.size()) {
    const std::size_t n = std::min(piece.size(), to.size() - done);
    file.read_bytes(e, static_cast<Index>(done * sizeof(Stored)), piece.data(), n * sizeof(Stored));
    for (std::size_t i = 0; i < n; ++i) to[done + i] = static_cast<Real>(number(piece[i]));
  }
}

void check_dtype(const SafetensorsFile& file, const SafetensorsEntry& e) {
  for (const char* readable : {"F32", "F64", "F16", "BF16"})
    if (e.dtype == readable) return;
  file.fail(e.name, "expected dtype F32, F64, F16 or BF16, got " + e.dtype);
}

// The values of e, whose dtype and size have been checked.
void read_values(const SafetensorsFile& file, const SafetensorsEntry& e, std::span<Real> to) {
  if (e.dtype == real_dtype)
    file.read_bytes(e, 0, to.data(), to.size_bytes());
  else if (e.dtype == "F32")
    convert<float>(file, e, to, [](float x) { return x; });
  else if (e.dtype == "F64")
    convert<double>(file, e, to, [](double x) { return x; });
  else if (e.dtype == "F16")
    convert<std::uint16_t>(file, e, to, from_f16);
  else
    convert<std::uint16_t>(file, e, to, from_bf16);
}

bool same_data(const SafetensorsFile& file, const SafetensorsEntry& a, const SafetensorsEntry& b) {
  if (a.dtype != b.dtype || !(a.shape == b.shape)) return false;
  std::vector<char> piece_a(piece_bytes), piece_b(piece_bytes);
  for (Index done = 0; done < a.end - a.begin; done += piece_bytes) {
    const std::size_t n = std::min(piece_bytes, a.end - a.begin - done);
    file.read_bytes(a, done, piece_a.data(), n);
    file.read_bytes(b, done, piece_b.data(), n);
    if (std::memcmp(piece_a.data(), piece_b.data(), n) != 0) return false;
  }
  return true;
}

// h.N.attn.bias and h.N.attn.masked_bias, N a number.
bool is_causal_mask(std::string_view name) {
  if (!name.starts_with("h.")) return false;
  const std::size_t digits_end = name.find_first_not_of("0123456789", 2);
  if (digits_end == 2 || digits_end == std::string_view::npos) return false;
  const std::string_view rest = name.substr(digits_end);
  return rest == ".attn.bias" || rest == ".attn.masked_bias";
}

}  // namespace

LoadOptions gpt2_layout() {
  return {.prefix = "transformer.", .ignore = is_causal_mask, .tied = {{"lm_head.weight", "wte.weight"}}};
}

void load_weights(const std::string& path, const Parameters& parameters, const LoadOptions& options) {
  load_weights(SafetensorsFile(path), parameters, options);
}

void load_weights(const SafetensorsFile& file, const Parameters& parameters, const LoadOptions& options) {
  // What the file has, by the names without the prefix. Each tensor that is accounted for is taken out.
  std::map<std::string_view, const SafetensorsEntry*> rest;
  for (const SafetensorsEntry& e : file.header().entries) {
    std::string_view name = e.name;
    if (name.starts_with(options.prefix)) name.remove_prefix(options.prefix.size());
    const auto [at, is_new] = rest.emplace(name, &e);
    if (!is_new) file.fail(e.name, "is the same, but for the prefix, as \"" + printable(at->second->name) + "\"");
  }
  std::map<std::string_view, const SafetensorsEntry*> sources;
  for (const Parameter* p : parameters) {
    const auto found = rest.find(p->name());
    if (sources.contains(p->name())) throw Error("load_weights: two parameters have the name " + printable(p->name()));
    if (found == rest.end())
      file.fail(p->name(), "expected in the file with shape " + p->shape().str() + ", got none of that name");
    const SafetensorsEntry& e = *found->second;
    check_dtype(file, e);
    if (!(e.shape == p->shape())) file.fail(e.name, "expected shape " + p->shape().str() + ", got " + e.shape.str());
    sources.insert(*found);
    rest.erase(found);
  }
  for (const auto& [name, same_as] : options.tied) {
    const auto found = rest.find(name), other = sources.find(same_as);
    if (found == rest.end() || other == sources.end()) continue;
    if (!same_data(file, *found->second, *other->second))
      file.fail(found->second->name,
                "expected the same values as \"" + printable(other->second->name) + "\", got others");
    rest.erase(found);
  }
  for (const auto& [name, e] : rest)
    if (!options.allow_unexpected && !(options.ignore && options.ignore(name)))
      file.fail(e->name, "expected only tensors of the model's parameters, got one that is none of them");

  for (Parameter* p : parameters) read_values(file, *sources.at(p->name()), p->mutable_value().values());
}

void expect_size(const SafetensorsFile& file, double tensors, double values) {
  const auto held_tensors = static_cast<double>(file.header().entries.size());
  const auto held_values = static_cast<double>(file.header().values());
  if (tensors <= 2 * held_tensors + 100 && values <= 2 * held_values + 1e6) return;
  char text[160];
  std::snprintf(text, sizeof text,
                "expected about %.0f tensors of %.0f values together by the sizes of the first, got %.0f of %.0f",
                tensors, values, held_tensors, held_values);
  file.fail(text);
}

void save_weights(const std::string& path, const Parameters& parameters, std::map<std::string, std::string> metadata) {
  metadata.emplace("format", "pt");
  std::vector<SafetensorsTensor> tensors;
  for (const Parameter* p : parameters) tensors.push_back(to_write(p->name(), p->value()));
  write_safetensors(path, tensors, metadata);
}

Tensor read_tensor(const SafetensorsFile& file, std::string_view name) {
  const SafetensorsEntry& e = file.entry(name);
  check_dtype(file, e);
  Tensor t(e.shape);
  read_values(file, e, t.values());
  return t;
}

SafetensorsTensor to_write(std::string name, const Tensor& t) {
  return {std::move(name), real_dtype, t.shape(), t.data()};
}

}  // namespace GRADUS_REAL
}  // namespace gradus
