// What the random tests of the ops compare with: arrays of single numbers, each of which remembers what it was computed
// from by which local derivatives, and loops over indices. Nothing of the library is used but its random numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "autograd/random.h"

namespace reference {

using Number = double;
using Sizes = std::vector<long>;

struct Record {
  int a, b;
  Number da, db;
};
inline std::vector<Record> records;  // in the order of computation; emptied before each case

struct Scalar {
  Number v = 0;
  int id = -1;
};
inline Scalar made(Number v, Scalar a = {}, Number da = 0, Scalar b = {}, Number db = 0) {
  records.push_back({a.id, b.id, da, db});
  return {v, static_cast<int>(records.size()) - 1};
}
inline Scalar operator+(Scalar a, Scalar b) {
  return made(a.v + b.v, a, 1, b, 1);
}
inline Scalar operator-(Scalar a, Scalar b) {
  return made(a.v - b.v, a, 1, b, -1);
}
inline Scalar operator*(Scalar a, Scalar b) {
  return made(a.v * b.v, a, b.v, b, a.v);
}
inline Scalar operator/(Scalar a, Scalar b) {
  return made(a.v / b.v, a, 1 / b.v, b, -a.v / b.v / b.v);
}
inline Scalar exp(Scalar x) {
  return made(std::exp(x.v), x, std::exp(x.v));
}
inline Scalar log(Scalar x) {
  return made(std::log(x.v), x, 1 / x.v);
}
inline Scalar sqrt(Scalar x) {
  return made(std::sqrt(x.v), x, 1 / (2 * std::sqrt(x.v)));
}
inline Scalar number(Number v) {
  return made(v);
}

// dL/d of every record, where L is the sum of g times the results.
inline std::vector<Number> sweep(const std::vector<Scalar>& results, const std::vector<Number>& g) {
  std::vector<Number> d(records.size(), 0);
  for (std::size_t i = 0; i < results.size(); ++i) d[results[i].id] += g[i];
  for (int i = static_cast<int>(records.size()) - 1; i >= 0; --i) {
    const Record& r = records[i];
    if (d[i] == 0) continue;
    if (r.a >= 0) d[r.a] += d[i] * r.da;
    if (r.b >= 0) d[r.b] += d[i] * r.db;
  }
  return d;
}

inline long product(const Sizes& s) {
  return std::accumulate(s.begin(), s.end(), 1L, std::multiplies<>());
}

struct Array {
  Sizes sizes;
  std::vector<Scalar> v;

  Array() = default;
  explicit Array(Sizes s) : sizes(std::move(s)), v(product(sizes)) {}
  int rank() const { return static_cast<int>(sizes.size()); }
  long place(const Sizes& index) const {
    long at = 0;
    for (int i = 0; i < rank(); ++i) at = at * sizes[i] + index[i];
    return at;
  }
  Scalar& at(const Sizes& index) { return v[place(index)]; }
  Scalar at(const Sizes& index) const { return v[place(index)]; }
  // The value at an index of a larger shape, to which this one is broadcast.
  Scalar spread(const Sizes& index) const {
    Sizes own(index.end() - rank(), index.end());
    for (int i = 0; i < rank(); ++i) own[i] = sizes[i] == 1 ? 0 : own[i];
    return at(own);
  }
};

// body(index) for every index of the sizes, the last axis fastest.
template <class Body>
void each(const Sizes& sizes, const Body& body) {
  if (product(sizes) == 0) return;
  Sizes index(sizes.size(), 0);
  while (true) {
    body(index);
    int axis = static_cast<int>(sizes.size()) - 1;
    while (axis >= 0 && ++index[axis] == sizes[axis]) index[axis--] = 0;
    if (axis < 0) return;
  }
}

template <class F>
Array filled(const Sizes& sizes, const F& f) {
  Array y(sizes);
  each(sizes, [&](const Sizes& i) { y.at(i) = f(i); });
  return y;
}

// Random sizes and values. `wild`: also infinities, NaN, and numbers at the ends of the range.
struct Source {
  gradus::Random random;

  long below(long n) { return static_cast<long>(random.below(static_cast<std::uint64_t>(n))); }
  long between(long low, long high) { return low + below(high - low + 1); }
  bool chance(long one_in) { return below(one_in) == 0; }

  Number value(bool wild) {
    using L = std::numeric_limits<Number>;
    static const Number special[] = {0,
                                     -0.0,
                                     1,
                                     -1,
                                     L::infinity(),
                                     -L::infinity(),
                                     L::quiet_NaN(),
                                     1e-300,
                                     1e300,
                                     -1e300,
                                     L::denorm_min(),
                                     L::max(),
                                     L::lowest(),
                                     40,
                                     -40,
                                     800,
                                     -800};
    if (wild && chance(6)) return special[below(std::size(special))];
    if (chance(4)) return static_cast<Number>(between(-2, 2));  // so that there are ties
    return 2 * random.normal();
  }
  // Values for what adds up: in one array of three there are infinities, NaN, zeros and denormals among them, but nothing so
  // large that a sum's class would depend on the order of its terms.
  Array terms(const Sizes& sizes) {
    using L = std::numeric_limits<Number>;
    static const Number special[] = {
        0, -0.0, 1, L::infinity(), -L::infinity(), L::quiet_NaN(), 1e-300, L::denorm_min(), 40, -40};
    const bool some = chance(3);
    return filled(sizes, [&](const Sizes&) {
      return number(some && chance(8) ? special[below(std::size(special))] : value(false));
    });
  }
  Array array(const Sizes& sizes, bool wild = false) {
    return filled(sizes, [&](const Sizes&) { return number(value(wild)); });
  }
  // Of 0 to `most` axes of 0 to 5; at most 300 values.
  Sizes sizes(int least, int most, long smallest = 0) {
    while (true) {
      Sizes s(between(least, most));
      for (long& n : s) n = chance(8) ? smallest : between(std::max(1L, smallest), 5);
      if (product(s) <= 300) return s;
    }
  }
  // Some sizes that broadcast to the given ones.
  Sizes narrowed(const Sizes& s) {
    Sizes n(s.begin() + below(static_cast<long>(s.size()) + 1), s.end());
    for (long& size : n)
      if (chance(3)) size = 1;
    return n;
  }
};

}  // namespace reference
