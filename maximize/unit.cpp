#include "maximize/unit.h"

#include <charconv>
#include <string_view>

#include "autograd/error.h"
#include "autograd/ops.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

using Where = Unit::Where;

constexpr struct {
  Where where;
  std::string_view name;
} words[] = {{Where::last, "last"}, {Where::previous, "previous"}, {Where::first, "first"}, {Where::self, "self"}};

bool whole_number(std::string_view text, Index& n) {
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc() && stopped == text.data() + text.size() && n >= 0;
}

// "5", "5,3,4" or "2,previous", into the unit.
bool parse_place(std::string_view text, Unit& unit) {
  std::vector<std::string_view> parts;
  for (std::size_t comma; (comma = text.find(',')) != std::string_view::npos; text.remove_prefix(comma + 1))
    parts.push_back(text.substr(0, comma));
  parts.push_back(text);
  if (!whole_number(parts[0], unit.index)) return false;
  if (parts.size() == 1) return true;
  if (parts.size() == 2)
    for (const auto& word : words)
      if (word.name == parts[1]) {
        unit.where = word.where;
        return true;
      }
  unit.where = Where::place;
  unit.place.resize(parts.size() - 1);
  for (std::size_t i = 1; i < parts.size(); ++i)
    if (!whole_number(parts[i], unit.place[i - 1])) return false;
  return parts.size() <= 3;
}

bool is_pattern(const Unit& unit) {
  const std::string_view address = unit.address;
  return address == "pattern" || address.ends_with(".pattern");
}

[[noreturn]] void refuse(const Unit& unit, const std::string& why) {
  throw InputError("unit: " + why + ", got '" + unit.str() + "'");
}

// Axis `axis` of x at `place`, the axis kept with size 1.
Var at(Var x, const Unit& unit, int axis, Index place, const char* what) {
  const Index size = x.shape()[axis];
  if (place >= size) refuse(unit, "'" + unit.address + "' has " + what + " 0 to " + std::to_string(size - 1));
  return slice(x, axis, place, place + 1);
}

// The channel, or the inner product with the direction, along an axis, which is dropped.
Var channel(Var x, const Unit& unit, int axis) {
  if (unit.direction.empty()) return sum(at(x, unit, axis, unit.index, "channels"), {axis});
  const Index channels = x.shape()[axis];
  if (unit.direction.shape() != Shape{channels})
    throw InputError("unit: expected a direction of shape (" + std::to_string(channels) + ") at '" + unit.address +
                     "', got " + unit.direction.shape().str());
  const Var d = x.tape().constant(unit.direction);
  return sum(x * (axis == 1 && x.shape().rank() == 4 ? reshape(d, {channels, 1, 1}) : d), {axis});
}

// x (N, C, H, W) -> (N)
Var image_values(Var x, const Unit& unit) {
  if (unit.where != Where::everywhere && unit.place.size() != 2)
    refuse(unit, "expected INDEX or INDEX,ROW,COLUMN at '" + unit.address + "' " + x.shape().str());
  if (unit.where == Where::everywhere) return mean(channel(x, unit, 1), {1, 2});
  x = at(at(x, unit, 2, unit.place[0], "rows"), unit, 3, unit.place[1], "columns");
  return sum(channel(x, unit, 1), {1, 2});
}

// x (B, T, C) -> (B, T) or (B, 1)
Var text_values(Var x, const Unit& unit) {
  const bool last = unit.where == Where::last;
  if (unit.where == Where::everywhere) return channel(x, unit, 2);
  if (!last && unit.place.size() != 1)
    refuse(unit, "expected INDEX, INDEX,TOKEN or INDEX,last at '" + unit.address + "' " + x.shape().str());
  return channel(at(x, unit, 1, last ? x.shape()[1] - 1 : unit.place[0], "tokens"), unit, 2);
}

// x (B, nh, T, T), row t the weights of query t on keys 0 to t -> (B, T), (B, T - 1) or (B, 1)
Var pattern_values(Var x, const Unit& unit) {
  const Index B = x.shape()[0], T = x.shape()[2];
  const bool one = unit.where == Where::place && unit.place.size() == 2 && unit.place[1] <= unit.place[0];
  const bool relative = unit.where == Where::previous || unit.where == Where::first || unit.where == Where::self;
  if (!unit.direction.empty() || (!one && !relative))
    refuse(
        unit,
        "'" + unit.address +
            "' is attention's weights: expected HEAD,previous, HEAD,first or HEAD,self (the weight on the token before, on "
            "the first, on itself), or HEAD,QUERY,KEY with KEY at most QUERY");
  const Var head = at(x, unit, 1, unit.index, "heads");
  if (one) return sum(at(at(head, unit, 2, unit.place[0], "queries"), unit, 3, unit.place[1], "keys"), {1, 2});
  if (unit.where == Where::first) return sum(slice(head, 3, 0, 1), {1, 3});
  if (unit.where == Where::self) return slice(reshape(head, {B, T * T}), 1, 0, T * T, T + 1);
  if (T < 2) refuse(unit, "expected a text of two tokens or more for the weight on the previous one");
  return slice(reshape(head, {B, T * T}), 1, T, T * T, T + 1);  // (1, 0), (2, 1), ...
}

}  // namespace

Unit Unit::parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Unit unit;
  if (colon == std::string::npos || colon == 0 || !parse_place(std::string_view(text).substr(colon + 1), unit))
    throw InputError(
        "unit: expected an address and an index, such as 'conv2.relu:5', then perhaps a place, such as 'h.1.mlp.act:37,last', got '" +
        text + "'");
  unit.address = text.substr(0, colon);
  return unit;
}

Unit Unit::along(std::string address, Tensor direction) {
  Unit unit;
  unit.address = std::move(address);
  unit.direction = std::move(direction);
  return unit;
}

std::string Unit::str() const {
  std::string text = address + ":" + (direction.empty() ? std::to_string(index) : "direction");
  for (const auto& word : words)
    if (word.where == where) text += "," + std::string(word.name);
  if (where == Where::place)
    for (const Index i : place) text += "," + std::to_string(i);
  return text;
}

Var unit_values(Var x, const Unit& unit) {
  const int rank = x.shape().rank();
  if (rank == 4) return is_pattern(unit) ? pattern_values(x, unit) : image_values(x, unit);
  if (rank == 3) return text_values(x, unit);
  if (rank != 2)
    throw InputError(
        "unit: expected an activation (N, C), (N, C, H, W), (B, T, C) or attention's weights (B, nh, T, T) at '" +
        unit.address + "', got " + x.shape().str());
  if (unit.where != Where::everywhere)
    refuse(unit, "expected INDEX alone at '" + unit.address + "' " + x.shape().str());
  return channel(x, unit, 1);
}

Index first_token(const Unit& unit, Index T) {
  if (unit.where == Where::place) return unit.place[0];
  return unit.where == Where::last ? T - 1 : unit.where == Where::previous ? 1 : 0;
}

Var sample_values(Var x, const Unit& unit) {
  const Var values = unit_values(x, unit);
  return values.shape().rank() == 2 ? mean(values, {1}) : values;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
