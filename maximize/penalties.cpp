#include "maximize/penalties.h"

#include "autograd/error.h"
#include "autograd/ops.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

void expect_rank(const Term& term, Var x, int rank, const char* what) {
  if (x.shape().rank() != rank)
    throw InputError("objective: '" + term.name + "' is of " + what + ", got an input " + x.shape().str());
}

struct MeanSquare final : Term {
  MeanSquare() : Term("mean_square", "input") {}
  Var values(Var x) const override {
    expect_rank(*this, x, 4, "images (N, C, H, W)");
    return mean(square(x), {1, 2, 3});
  }
};

struct TotalVariation final : Term {
  TotalVariation() : Term("total_variation", "input") {}
  Var values(Var x) const override {
    expect_rank(*this, x, 4, "images (N, C, H, W)");
    const Index H = x.shape()[2], W = x.shape()[3];
    const Var down = mean(abs(slice(x, 2, 1, H) - slice(x, 2, 0, H - 1)), {1, 2, 3});
    const Var right = mean(abs(slice(x, 3, 1, W) - slice(x, 3, 0, W - 1)), {1, 2, 3});
    return down + right;
  }
};

struct MeanAbsolute final : Term {
  MeanAbsolute() : Term("mean_absolute", "input") {}
  Var values(Var x) const override {
    expect_rank(*this, x, 4, "images (N, C, H, W)");
    return mean(abs(x), {1, 2, 3});
  }
};

// x with a quarter of each neighbour along the axis, half of itself; the ends are their own neighbours.
Var blurred(Var x, int axis) {
  const Index n = x.shape()[axis];
  const Var padded = concat({slice(x, axis, 0, 1), x, slice(x, axis, n - 1, n)}, axis);
  return 0.25 * (slice(padded, axis, 0, n) + slice(padded, axis, 2, n + 2)) + 0.5 * x;
}

struct Roughness final : Term {
  Roughness() : Term("roughness", "input") {}
  Var values(Var x) const override {
    expect_rank(*this, x, 4, "images (N, C, H, W)");
    return mean(square(x - blurred(blurred(x, 2), 3)), {1, 2, 3});
  }
};

struct SquaredLength final : Term {
  SquaredLength() : Term("squared_length", "input") {}
  Var values(Var x) const override {
    expect_rank(*this, x, 3, "embeddings (N, T, C)");
    return mean(sum(square(x), {-1}), {1});
  }
};

}  // namespace

Objective mean_square() {
  return Objective(std::make_shared<MeanSquare>());
}

Objective mean_absolute() {
  return Objective(std::make_shared<MeanAbsolute>());
}

Objective roughness() {
  return Objective(std::make_shared<Roughness>());
}

Objective total_variation() {
  return Objective(std::make_shared<TotalVariation>());
}

Objective squared_length() {
  return Objective(std::make_shared<SquaredLength>());
}

}  // namespace GRADUS_REAL
}  // namespace gradus
