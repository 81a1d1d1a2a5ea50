// Elementwise ops with one argument, at every place in memory and against <cmath>. Compiled in double and in float.
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/autograd/check.h"

using namespace gradus;

namespace {

#if defined(GRADUS_DOUBLE)
using Wide = long double;
using Bits = std::uint64_t;
#else
using Wide = double;
using Bits = std::uint32_t;
#endif
using Limits = std::numeric_limits<Real>;

const Wide root_half = std::sqrt(Wide(0.5)), k = std::sqrt(2 / std::acos(Wide(-1)));

Wide twice_u(Wide x) {
  return 2 * k * (x + Wide(0.044715) * x * x * x);
}

// `more`: how many further units in the last place the rounding of the argument of exp or erf costs.
struct Unary {
  const char* name;
  Var (*op)(Operand);
  Wide (*exact)(Wide);
  Wide (*more)(Wide) = [](Wide) { return Wide(0); };
};

const Unary all[] = {
    {"exp", exp, [](Wide x) { return std::exp(x); }},
    {"log", log, [](Wide x) { return std::log(x); }},
    {"sqrt", sqrt, [](Wide x) { return std::sqrt(x); }},
    {"square", square, [](Wide x) { return x * x; }},
    {"abs", abs, [](Wide x) { return std::abs(x); }},
    {"neg", [](Operand x) { return -x; }, [](Wide x) { return -x; }},
    {"clamp", [](Operand x) { return clamp(x, -0.5, 2); },
     [](Wide x) { return x < -0.5 ? Wide(-0.5)
                         : x > 2  ? 2
                                  : x; }},
    {"power", [](Operand x) { return power(x, 2.5); }, [](Wide x) { return std::pow(x, Wide(2.5)); }},
    {"power -1", [](Operand x) { return power(x, -1); }, [](Wide x) { return 1 / x; }},
    {"tanh", tanh, [](Wide x) { return std::tanh(x); }},
    {"sigmoid", sigmoid, [](Wide x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }},
    {"log1p", log1p, [](Wide x) { return std::log1p(x); }},
    {"sin", sin, [](Wide x) { return std::sin(x); }},
    {"cos", cos, [](Wide x) { return std::cos(x); }},
    {"leaky_relu", [](Operand x) { return leaky_relu(x, 0.25); }, [](Wide x) { return x > 0 ? x : x / 4; }},
    {"silu", silu, [](Wide x) { return x < 0 ? x * (std::exp(x) / (1 + std::exp(x))) : x / (1 + std::exp(-x)); },
     [](Wide x) { return Wide(1) + (std::exp(x) < Limits::min() ? std::abs(x) : 0); }},  // of a denormal sigmoid
    {"relu", relu, [](Wide x) { return x <= 0 ? 0 : x; }},
    // z = -x / sqrt(2) is rounded twice, by half a unit each; erfc(z) changes by 2 z^2 = x^2 times as much, in units that may
    // be half as large.
    {"gelu", gelu, [](Wide x) { return x * std::erfc(-x * root_half) / 2; }, [](Wide x) { return 2 * x * x; }},
    {"gelu_tanh", gelu_tanh, [](Wide x) { return x / (1 + std::exp(-twice_u(x))); },
     [](Wide x) { return 4 * std::abs(twice_u(x)); }},
};

const std::vector<Real> special = {0,
                                   Real(-0.0),
                                   1,
                                   -1,
                                   2,
                                   -2,
                                   3,
                                   9,
                                   49,
                                   Real(0.5),
                                   Real(1e-5),
                                   Real(-1e-5),
                                   20,
                                   -20,
                                   Real(88.6),
                                   Real(-88.5),
                                   -104,
                                   89,
                                   Real(709.7),
                                   Real(-745),
                                   Limits::denorm_min(),
                                   -Limits::denorm_min(),
                                   7 * Limits::denorm_min(),
                                   Limits::min() / 3,
                                   Limits::min(),
                                   -Limits::min(),
                                   Limits::max(),
                                   Limits::lowest(),
                                   Limits::infinity(),
                                   -Limits::infinity(),
                                   Limits::quiet_NaN()};

Bits bits(Real x) {
  return std::isnan(x) ? ~Bits(0) : std::bit_cast<Bits>(x);
}

// In units in the last place of `exact`; 0 where both are the same infinity, or NaN.
Wide error(Real got, Wide exact) {
  if (std::isnan(exact)) return std::isnan(got) ? 0 : HUGE_VAL;
  const auto rounded = static_cast<Real>(exact);
  if (got == rounded) return std::signbit(got) == std::signbit(rounded) ? 0 : HUGE_VAL;
  if (std::isnan(got)) return HUGE_VAL;
  int exponent = 0;
  std::frexp(std::isinf(rounded) ? Wide(Limits::max()) : exact, &exponent);
  const int last = std::max(exponent, Limits::min_exponent) - Limits::digits;
  return std::abs((std::isinf(got) ? std::copysign(std::ldexp(Wide(1), Limits::max_exponent), Wide(got)) : Wide(got)) -
                  exact) /
         std::ldexp(Wide(1), last);
}

}  // namespace

TEST_CASE("a unary op gives the same bits at every place, and so does its gradient, assigned and added") {
  for (const Unary& u : all)
    for (const Real x : special) {
      Bits value = 0, gradient = 0, twice = 0;
      for (Index n = 1; n <= 40; ++n) {
        Parameter p("p", Tensor::full({n}, x));
        Tape t({&p}, 1);
        const Var v = t.leaf(p), y = u.op(v);
        t.backward(y, Tensor::full({n}, 3));
        const Tensor once = t.grad(p);
        t.backward(y, Tensor::full({n}, 3));
        if (n == 1) value = bits(y.value()[0]), gradient = bits(once[0]), twice = bits(t.grad(p)[0]);
        for (Index i = 0; i < n; ++i) {
          INFO(u.name << " of " << x << " at place " << i << " of " << n << ": " << y.value()[i] << ", gradient "
                      << once[i]);
          if (bits(y.value()[i]) != value || bits(once[i]) != gradient || bits(t.grad(p)[i]) != twice) FAIL();
        }
      }
    }
}

TEST_CASE("a unary op agrees with <cmath> within 2 units in the last place") {
  Random random(1, "unary");
  std::vector<Real> numbers = special;
  while (numbers.size() < 40000) {
    numbers.push_back(std::bit_cast<Real>(static_cast<Bits>(random.bits())));  // of every size
    numbers.push_back(static_cast<Real>(8 * random.normal()));
    numbers.push_back(static_cast<Real>(0.2 * random.normal()));
  }
  Tensor x(Shape{std::ssize(numbers)});
  std::copy(numbers.begin(), numbers.end(), x.data());
  for (const Unary& u : all) {
    Tape t;
    const Var y = u.op(t.constant(x));
    for (Index i = 0; i < x.size(); ++i) {
      const Wide exact = u.exact(x[i]), most = 2 + u.more(x[i]);
      const Wide off = error(y.value()[i], exact);
      if (!(off > most)) continue;
      INFO(u.name << " of " << x[i] << ": " << y.value()[i] << ", expected " << exact << ", off by " << off
                  << " units");
      FAIL();
    }
  }
}

TEST_CASE("known faults of vector square roots, exponentials and logarithms") {
  const auto require_all = [](Var (*op)(Operand), double x, Real expected) {
    Tape t;
    const Var y = op(t.constant(Tensor::full({37}, static_cast<Real>(x))));
    for (const Real v : y.value().values()) REQUIRE(v == expected);
  };
  require_all(sqrt, 49, 7);
  require_all(sqrt, 9, 3);
  require_all(sqrt, HUGE_VAL, Limits::infinity());
  require_all(exp, -HUGE_VAL, 0);
  require_all(log, Limits::denorm_min(), std::log(Limits::denorm_min()));
  Tape t;
  Tensor x = Tensor::zeros({1, 16});
  x[0] = -Limits::infinity();
  REQUIRE(softmax(t.constant(x)).value()[0] == 0);
}
