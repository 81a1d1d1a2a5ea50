// exp and what follows from it for a whole vector at once, and loops that apply such functions to memory. Internal.
//
// Every value is within 2 units in the last place of the exact one, denormal numbers and both ends of the range too;
// infinities and NaN give what <cmath> gives. The last values of a loop go through the same code as the first, in a
// vector of their own: a result does not depend on where in memory its argument stands.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <iterator>
#include <tuple>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "autograd/kernels/parallel.h"
#include "autograd/kernels/vector.h"
#include "autograd/tensor.h"

namespace gradus {
inline namespace GRADUS_REAL {

using Integers = decltype(Vector() < Vector());  // a whole number, or a mask, in each lane

inline Vector splat(Real x) {
  return x - Vector{};  // not x + 0, which makes 0 of -0
}

// f of each lane by itself, for functions that <cmath> has for single numbers alone.
template <class Function>
Vector each_lane(const Vector& x, const Function& f) {
  Vector y;
  for (Index i = 0; i < lanes; ++i) y[i] = f(x[i]);
  return y;
}

// The numbers that exp needs. q(r) = (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2 as a Chebyshev fit, the highest power
// first: before rounding, exp(r) from it is off by 1e-8 in float, by 2e-17 in double.
template <class Number>
struct ExpNumbers;
template <>
struct ExpNumbers<float> {
  static constexpr float q[] = {1.392618359e-3F, 8.363179053e-3F, 4.166655462e-2F, 1.666657699e-1F, 0.5F};
  static constexpr float ln2_high = 0.693145751953125F, ln2_low = 1.42860682031e-6F;
  static constexpr float lowest = -104, highest = 89;
  static constexpr int mantissa = 23, bias = 127;
};
template <>
struct ExpNumbers<double> {
  static constexpr double q[] = {2.5100385495510319078e-8, 2.7620088445409748161e-7, 2.7557268459997064772e-6,
                                 2.4801521295954375131e-5, 1.9841269863053616878e-4, 1.3888888917213716901e-3,
                                 8.3333333333300618325e-3, 4.1666666666624127873e-2, 1.6666666666666667453e-1,
                                 0.5000000000000001};
  static constexpr double ln2_high = 0.6931471805596629565, ln2_low = 2.8235290563031577123e-13;
  static constexpr double lowest = -746, highest = 710;
  static constexpr int mantissa = 52, bias = 1023;
};

// exp(x) = 2^n exp(r):   n = x / ln 2 rounded,   r = x - n ln 2,   exp(r) = 1 + r + rest,   rest = r^2 q(r).
struct ExpParts : ExpNumbers<Real> {
  Vector n, r, rest;

  explicit ExpParts(const Vector& x) {
    // Beyond these bounds the result is 0 or infinity. A NaN is neither below nor above them.
    const Vector inside = not_above(not_below(x, lowest), highest);
    // x + 1.5 2^mantissa has no digits behind the point.
    const Vector shift = splat(rounding());
    n = (inside * static_cast<Real>(1.4426950408889634074) + shift) - shift;
    // ln 2 in two parts: n times the first is exact, and what is rounded away from r is added to the rest.
    const Vector high = inside - n * ln2_high, low = n * ln2_low;
    r = high - low;
    Vector sum = splat(q[0]);
    for (std::size_t i = 1; i < std::size(q); ++i) sum = sum * r + q[i];
    rest = r * r * sum + ((high - r) - low);
  }

  // max(x, bound) and min(x, bound); a NaN stays one.
  static Vector not_below(const Vector& x, Real bound) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Real) == 4)
      return Vector(_mm512_max_ps(__m512(splat(bound)), __m512(x)));
    else
      return Vector(_mm512_max_pd(__m512d(splat(bound)), __m512d(x)));
#else
    return splat(bound) > x ? splat(bound) : x;
#endif
  }
  static Vector not_above(const Vector& x, Real bound) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Real) == 4)
      return Vector(_mm512_min_ps(__m512(splat(bound)), __m512(x)));
    else
      return Vector(_mm512_min_pd(__m512d(splat(bound)), __m512d(x)));
#else
    return splat(bound) < x ? splat(bound) : x;
#endif
  }

  static constexpr Real rounding() { return static_cast<Real>(std::int64_t{3} << (mantissa - 1)); }

  // 2^k, where that is a normal number. The last bits of k + 1.5 2^mantissa are k.
  static Vector power_of_2(const Vector& k) {
    return std::bit_cast<Vector>((std::bit_cast<Integers>(k + rounding()) + bias) << mantissa);
  }
};

// v 2^n, also where 2^n is too large, or the result a denormal number.
inline Vector scaled(const Vector& v, const Vector& n) {
#if defined(__AVX512F__)
  if constexpr (sizeof(Real) == 4)
    return Vector(_mm512_scalef_ps(__m512(v), __m512(n)));
  else
    return Vector(_mm512_scalef_pd(__m512d(v), __m512d(n)));
#else
  const Vector half = (n / 2 + ExpParts::rounding()) - ExpParts::rounding();
  return v * ExpParts::power_of_2(half) * ExpParts::power_of_2(n - half);
#endif
}

inline Vector exp(const Vector& x) {
  const ExpParts e(x);
  return scaled(1 + (e.r + e.rest), e.n);
}

// The sign of x, as bits, and x without it.
inline Integers sign_bit(const Vector& x) {
  return std::bit_cast<Integers>(x) & std::bit_cast<Integers>(splat(Real(-0.0)));
}
inline Vector abs(const Vector& x) {
  return std::bit_cast<Vector>(std::bit_cast<Integers>(x) ^ sign_bit(x));
}

// tanh(|x|) = u / (2 - u) with u = 1 - exp(-2 |x|) = (1 - 2^n) - 2^n r - 2^n rest: near 0, where n = 0, no digit is
// lost. What was rounded away from u and 2 - u corrects the quotient y, with 1 / (2 - u) = (1 + y) / 2. From |x| = 22 on
// the result is 1 to the last digit.
inline Vector tanh(const Vector& x) {
  const Vector a = abs(x);
  const ExpParts e(-2 * (splat(22) < a ? splat(22) : a));
  const Vector power = ExpParts::power_of_2(e.n), whole = 1 - power, part = power * e.r, near = whole - part;
  const Vector left = (part - (whole - near)) + power * e.rest;
  const Vector u = near - left, below = 2 - u, y = u / below;
  const Vector off = ((near - u) - left) * (1 + y) - y * ((2 - below) - u);
  return std::bit_cast<Vector>(std::bit_cast<Integers>(y + off * (1 + y) / 2) | sign_bit(x));
}

// 1 / (1 + exp(-x)), for a negative x as exp(x) / (1 + exp(x)): there exp(-x) would overflow while the result is a
// denormal number. What was rounded away from 1 + e corrects the quotient.
inline Vector sigmoid(const Vector& x) {
  const Vector e = exp(-abs(x)), below = 1 + e;
  const Vector y = (x < 0 ? e : splat(1)) / below;
  return y - y * (e - (below - 1)) * (x < 0 ? 1 - y : y);
}

// Its derivative sigmoid(x) (1 - sigmoid(x)), which from x = 17 on would have no digit left in float.
inline Vector sigmoid_slope(const Vector& x) {
  const Vector e = exp(-abs(x));
  return e / ((1 + e) * (1 + e));
}

inline Vector sqrt(const Vector& x) {
#if defined(__AVX512F__)
  if constexpr (sizeof(Real) == 4)
    return Vector(_mm512_sqrt_ps(__m512(x)));
  else
    return Vector(_mm512_sqrt_pd(__m512d(x)));
#else
  return each_lane(x, [](Real v) { return std::sqrt(v); });
#endif
}

// The first n values from memory, n < lanes, and `rest` in the other lanes; and back.
inline Vector load_some(const Real* from, Index n, Real rest = 0) {
  Vector v = splat(rest);
#if defined(__AVX512F__)
  const unsigned first = (1U << n) - 1;
  if constexpr (sizeof(Real) == 4)
    v = Vector(_mm512_mask_loadu_ps(__m512(v), static_cast<__mmask16>(first), from));
  else
    v = Vector(_mm512_mask_loadu_pd(__m512d(v), static_cast<__mmask8>(first), from));
#else
  std::memcpy(&v, from, n * sizeof(Real));
#endif
  return v;
}
inline void store_some(const Vector& v, Real* to, Index n) {
#if defined(__AVX512F__)
  const unsigned first = (1U << n) - 1;
  if constexpr (sizeof(Real) == 4)
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>(first), __m512(v));
  else
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>(first), __m512d(v));
#else
  std::memcpy(to, &v, n * sizeof(Real));
#endif
}

// to[i] = f(from[i] ...), or to[i] += it where `add`, for i in 0 ... n - 1; f takes a Vector of each.
template <class Function, class... From>
void map_vectors(Index n, Real* to, bool add, const Function& f, const From*... from) {
  const Index whole = n / lanes * lanes;
  if (add)
    for (Index i = 0; i < whole; i += lanes) store(load(to + i) + f(load(from + i)...), to + i);
  else
    for (Index i = 0; i < whole; i += lanes) store(f(load(from + i)...), to + i);
  if (whole == n) return;
  const Vector last = f(load_some(from + whole, n - whole)...);
  store_some(add ? load_some(to + whole, n - whole) + last : last, to + whole, n - whole);
}

// exp(x[0] - shift) + ... + exp(x[n - 1] - shift), each lane of the vectors added up by itself, then the lanes.
inline Real sum_of_exp(const Real* x, Index n, Real shift) {
  const Index whole = n / lanes * lanes;
  Vector sums = {};
  for (Index i = 0; i < whole; i += lanes) sums += exp(load(x + i) - shift);
  if (whole < n) {
    Vector last = exp(load_some(x + whole, n - whole) - shift);
    for (Index j = n - whole; j < lanes; ++j) last[j] = 0;
    sums += last;
  }
  for (Index half = lanes / 2; half > 0; half /= 2)
    for (Index j = 0; j < half; ++j) sums[j] += sums[j + half];
  return sums[0];
}

// f of the values of some tensors of one size, vector by vector: what assign() and Node::accumulate() take.
template <class Function, std::size_t N>
struct Lanewise {
  Function f;
  std::array<const Real*, N> from;
};
template <class Function, class... Tensors>
Lanewise<Function, sizeof...(Tensors)> lanewise(Function f, const Tensors&... from) {
  return {f, {from.data()...}};
}

template <class Function, std::size_t N>
void assign(Tensor& to, bool add, int threads, const Lanewise<Function, N>& g) {
  parallel_pieces(threads, to.size(), [&](Index begin, Index n) {
    std::apply([&](const auto*... from) { map_vectors(n, to.data() + begin, add, g.f, from + begin...); }, g.from);
  });
}

}  // namespace GRADUS_REAL
}  // namespace gradus
