#include "maximize/objectives.h"

#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/ops.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// x (N, ...) -> (N, the rest)
Var rows_of(Var x) {
  return reshape(x, {x.shape()[0], -1});
}

struct LayerSquare final : Term {
  explicit LayerSquare(const std::string& where) : Term("layer_square " + where, where) {}
  Var values(Var x) const override { return mean(square(rows_of(x)), {1}); }
};

class CosineDirection final : public Term {
 public:
  CosineDirection(const std::string& where, const Tensor& direction, double power)
      : Term("cosine_direction " + where, where), direction_(direction), power_(power) {
    double squares = 0;
    for (const Real d : direction.values()) squares += static_cast<double>(d) * static_cast<double>(d);
    length_ = std::sqrt(squares);
    if (!(length_ > 0 && std::isfinite(length_)))
      throw InputError("cosine_direction: expected a direction of a finite length above 0");
    if (!(power >= 0 && std::isfinite(power)))
      throw InputError("cosine_direction: expected a power of 0 or more, got " + std::to_string(power));
  }

  // (N, C) or (N, C, H, W) -> (N)
  Var values(Var x) const override {
    if (x.shape().rank() == 2) x = reshape(x, {x.shape()[0], x.shape()[1], 1});
    if (x.shape().rank() == 4) x = reshape(x, {x.shape()[0], x.shape()[1], -1});
    if (x.shape().rank() != 3 || direction_.shape() != Shape{x.shape()[1]})
      throw InputError("cosine_direction: expected a direction (C) at an activation (N, C) or (N, C, H, W), got " +
                       direction_.shape().str() + " at '" + address + "' " + x.shape().str());
    const Var d = reshape(x.tape().constant(direction_), {x.shape()[1], 1});
    const Var product = sum(x * d, {1});
    if (power_ == 0) return mean(product, {1});
    // product^(1 + p) / (|x| |d|)^p where the product is above 0. The square root is kept away from 0, where its slope has none.
    const Var ahead = relu(product), length = sqrt(sum(square(x), {1}) + 1e-12) * length_;
    return mean(ahead * power(ahead / length, power_), {1});
  }

 private:
  static Var power(Var cosine, double p) { return gradus::power(cosine + 1e-12, p); }  // and this from 0^p at p < 1
  Tensor direction_;
  double power_, length_ = 0;
};

class UnitOfEach final : public Term {
 public:
  explicit UnitOfEach(const std::vector<Unit>& units) : Term(name_of(units), units.at(0).address), units_(units) {}

  Var values(Var x) const override {
    const Index rows = x.shape()[0], count = static_cast<Index>(units_.size());
    if (rows % count != 0)
      throw InputError("unit_of_each: expected a batch of " + std::to_string(count) +
                       " images, one for each unit, got " + std::to_string(rows));
    const Index copies = rows / count;
    std::vector<Var> parts;
    for (Index i = 0; i < count; ++i)
      parts.push_back(sample_values(slice(x, 0, i * copies, (i + 1) * copies), units_[static_cast<std::size_t>(i)]));
    return concat(parts, 0);
  }

 private:
  static std::string name_of(const std::vector<Unit>& units) {
    std::string name;
    for (const Unit& unit : units) {
      if (unit.address != units.front().address)
        throw InputError("unit_of_each: expected units at one address, got '" + units.front().str() + "' and '" +
                         unit.str() + "'");
      name += (name.empty() ? "" : " ") + unit.str();
    }
    return name;
  }
  std::vector<Unit> units_;
};

struct Diversity final : Term {
  explicit Diversity(const std::string& where) : Term("diversity " + where, where) {}

  Var values(Var x) const override {
    if (x.shape().rank() != 4)
      throw InputError("diversity: expected an activation (N, C, H, W) at '" + address + "', got " + x.shape().str());
    const Index N = x.shape()[0], C = x.shape()[1];
    const Var flat = reshape(x, {N, C, -1});
    const Var gram = rows_of(matmul(flat, transpose(flat)));
    const Var unit = gram / sqrt(sum(square(gram), {1}, true) + 1e-12);
    if (N == 1) return 0 * sum(unit, {1});
    const Var cosines = matmul(unit, transpose(unit));  // (N, N); an image's with itself is left out
    return -1.0 / static_cast<double>(N - 1) * (sum(cosines, {1}) - sum(square(unit), {1}));
  }
};

}  // namespace

Objective layer_square(const std::string& address) {
  return Objective(std::make_shared<LayerSquare>(address));
}

Objective cosine_direction(const std::string& address, const Tensor& direction, double power) {
  return Objective(std::make_shared<CosineDirection>(address, direction, power));
}

Objective unit_of_each(const std::vector<Unit>& units) {
  if (units.empty()) throw InputError("unit_of_each: expected at least one unit");
  return Objective(std::make_shared<UnitOfEach>(units));
}

Objective diversity(const std::string& address) {
  return Objective(std::make_shared<Diversity>(address));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
