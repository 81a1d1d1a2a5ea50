#include "maximize/unit.h"

#include <charconv>

namespace gradus {
inline namespace GRADUS_REAL {

Unit Unit::parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Unit unit;
  bool good = colon != std::string::npos && colon > 0;
  if (good) {
    const char *begin = text.data() + colon + 1, *end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(begin, end, unit.index);
    good = error == std::errc() && stopped == end && unit.index >= 0;
    unit.address = text.substr(0, colon);
  }
  if (!good) throw InputError("unit: expected an address and an index, such as 'conv2.relu:5', got '" + text + "'");
  return unit;
}

Unit Unit::along(std::string address, Tensor direction) {
  Unit unit;
  unit.address = std::move(address);
  unit.direction = std::move(direction);
  return unit;
}

std::string Unit::str() const {
  return address + ":" + (direction.empty() ? std::to_string(index) : "direction");
}

Var unit_values(Var x, const Unit& unit) {
  const Shape& s = x.shape();
  const bool images = s.rank() == 4;
  if (s.rank() < 2)
    throw InputError("unit: expected an activation of two axes or more at '" + unit.address + "', got " + s.str());
  const int axis = images ? 1 : -1;
  const Index channels = s[axis];
  Var values;
  if (unit.direction.empty()) {
    if (unit.index >= channels)
      throw InputError("unit: '" + unit.address + "' has channels 0 to " + std::to_string(channels - 1) + ", got " +
                       std::to_string(unit.index));
    values = sum(slice(x, axis, unit.index, unit.index + 1), {axis});
  } else {
    if (unit.direction.shape() != Shape{channels})
      throw InputError("unit: expected a direction of shape (" + std::to_string(channels) + ") at '" + unit.address +
                       "', got " + unit.direction.shape().str());
    const Var d = x.tape().constant(unit.direction);
    values = sum(x * (images ? reshape(d, {channels, 1, 1}) : d), {axis});
  }
  return images ? mean(values, {1, 2}) : values;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
