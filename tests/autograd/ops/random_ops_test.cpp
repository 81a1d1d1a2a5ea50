// Every op on random shapes and values against loops of single numbers (scalar_reference.h): values and gradients.
#include "tests/autograd/ops/random_case.h"

using namespace gradus;

namespace {

// ---- one argument
struct Unary {
  const char* name;
  Var (*op)(Operand);
  Scalar (*f)(Scalar);
};
Scalar step(Scalar x, Real value, Real slope) {
  return made(value, x, slope);
}
Real normal_below(Real x) {
  return std::erfc(-x * std::sqrt(0.5)) / 2;
}
Real gelu_share(Real x) {
  return 1 / (1 + std::exp(-2 * std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}
const Unary unary_ops[] = {
    {"exp", exp, [](Scalar x) { return exp(x); }},
    {"log", log, [](Scalar x) { return log(x); }},
    {"sqrt", sqrt, [](Scalar x) { return sqrt(x); }},
    {"square", square, [](Scalar x) { return step(x, x.v * x.v, 2 * x.v); }},
    {"abs", abs, [](Scalar x) { return step(x, std::abs(x.v),
                                            x.v > 0   ? 1
                                            : x.v < 0 ? -1
                                                      : 0); }},
    {"neg", [](Operand x) { return -x; }, [](Scalar x) { return step(x, -x.v, -1); }},
    {"clamp", [](Operand x) { return clamp(x, -1, 0.5); },
     [](Scalar x) {
       return step(x, x.v < -1 ? -1 : x.v > 0.5 ? 0.5 : x.v, x.v >= -1 && x.v <= 0.5);
     }},
    {"power", [](Operand x) { return power(x, 3); },
     [](Scalar x) { return step(x, std::pow(x.v, 3), 3 * std::pow(x.v, 2)); }},
    {"tanh", tanh, [](Scalar x) { return step(x, std::tanh(x.v), 1 / std::cosh(x.v) / std::cosh(x.v)); }},
    {"sigmoid", sigmoid,
     [](Scalar x) {
       const Real e = std::exp(-std::abs(x.v));
       return step(x, (x.v < 0 ? e : 1) / (1 + e), std::isnan(x.v) ? x.v : e / (1 + e) / (1 + e));
     }},
    {"log1p", log1p, [](Scalar x) { return step(x, std::log1p(x.v), 1 / (1 + x.v)); }},
    {"sin", sin, [](Scalar x) { return step(x, std::sin(x.v), std::cos(x.v)); }},
    {"cos", cos, [](Scalar x) { return step(x, std::cos(x.v), -std::sin(x.v)); }},
    {"leaky_relu", [](Operand x) { return leaky_relu(x, 0.1); },
     [](Scalar x) { return step(x, x.v > 0 ? x.v : 0.1 * x.v, x.v > 0 ? 1 : 0.1); }},
    {"silu", silu,
     [](Scalar x) {
       const Real e = std::exp(-std::abs(x.v)), s = (x.v < 0 ? e : 1) / (1 + e);
       return step(x, x.v * s, s + x.v * (std::isnan(x.v) ? x.v : e / (1 + e) / (1 + e)));
     }},
    {"relu", relu, [](Scalar x) { return step(x, x.v <= 0 ? 0 : x.v, x.v <= 0 ? 0 : 1); }},
    {"gelu", gelu,
     [](Scalar x) {
       return step(x, x.v * normal_below(x.v),
                   normal_below(x.v) + x.v * std::exp(-x.v * x.v / 2) / std::sqrt(2 * std::acos(-1.0)));
     }},
    {"gelu_tanh", gelu_tanh,
     [](Scalar x) {
       const Real share = gelu_share(x.v), inner = std::sqrt(2 / std::acos(-1.0)) * (1 + 3 * 0.044715 * x.v * x.v);
       return step(x, x.v * share, share + x.v * share * (1 - share) * 2 * inner);
     }},
};
void one_argument(Source& s) {
  const Unary& u = unary_ops[s.below(std::size(unary_ops))];
  const Array x = s.array(s.sizes(0, 6), true);
  check_case(
      s, u.name, {x}, filled(x.sizes, [&](const Sizes& i) { return u.f(x.at(i)); }),
      [&](auto& v) { return u.op(v[0]); }, true);
}

// ---- two and three arguments that broadcast
struct Binary {
  const char* name;
  Var (*op)(Operand, Operand);
  Scalar (*f)(Scalar, Scalar);
};
Scalar picked(Scalar a, Scalar b, bool first, bool second) {  // of the two the one that wins, both at a tie or a NaN
  const Real share = a.v == b.v ? 0.5 : 1;
  return made(std::isnan(a.v) || std::isnan(b.v) ? a.v + b.v
              : first                            ? a.v
                                                 : b.v,
              a, second ? 0 : share, b, first ? 0 : share);
}
const Binary binary_ops[] = {
    {"add", operator+, [](Scalar a, Scalar b) { return a + b; }},
    {"sub", operator-, [](Scalar a, Scalar b) { return a - b; }},
    {"mul", operator*, [](Scalar a, Scalar b) { return a * b; }},
    {"div", operator/, [](Scalar a, Scalar b) { return a / b; }},
    {"maximum", maximum, [](Scalar a, Scalar b) { return picked(a, b, a.v > b.v, b.v > a.v); }},
    {"minimum", minimum, [](Scalar a, Scalar b) { return picked(a, b, a.v < b.v, b.v < a.v); }},
};
void two_arguments(Source& s) {
  const Binary& f = binary_ops[s.below(std::size(binary_ops))];
  const Sizes whole = s.sizes(0, 6);
  Array a = s.array(whole, true), b = s.array(s.narrowed(whole), true);
  if (s.chance(2)) std::swap(a, b);
  const auto value = [&](const Sizes& i) { return f.f(a.spread(i), b.spread(i)); };
  check_case(s, f.name, {a, b}, filled(whole, value), [&](auto& v) { return f.op(v[0], v[1]); });
}
void where_case(Source& s) {
  const Sizes whole = s.sizes(0, 6);
  const Array c = s.array(s.narrowed(whole), true), a = s.array(whole, true), b = s.array(s.narrowed(whole), true);
  const auto value = [&](const Sizes& i) {
    const bool first = c.spread(i).v != 0;
    return made(first ? a.spread(i).v : b.spread(i).v, a.spread(i), first, b.spread(i), !first);
  };
  check_case(s, "where", {c, a, b}, filled(whole, value), [&](auto& v) { return where(v[0], v[1], v[2]); });
}

// ---- along axes
Scalar sum_of_all(const std::vector<Scalar>& x) {
  Scalar sum = reference::number(0);
  for (const Scalar& v : x) sum = sum + v;
  return sum;
}
// Of the values times the sign, so that the smallest has sign -1.
Scalar largest(const std::vector<Scalar>& x, Real sign = 1) {
  Real most = -HUGE_VAL, count = 0;
  for (const Scalar& v : x) most = std::isnan(v.v) || std::isnan(most) ? most + v.v : std::max(most, sign * v.v);
  for (const Scalar& v : x) count += sign * v.v == most;
  Scalar y = reference::number(sign * most);
  for (const Scalar& v : x)
    if (sign * v.v == most) y = made(v.v, v, 1 / count, y, 1);
  return y;
}
Scalar log_of_sum_of_exp(const std::vector<Scalar>& x, Real most) {
  Scalar sum = reference::number(0);
  for (const Scalar& v : x) sum = sum + exp(v - reference::number(most));
  return log(sum);
}
void reduction(Source& s) {
  const long which = s.below(5);  // sum, mean, max, min, var
  const bool picks = which == 2 || which == 3;
  const Sizes sizes = s.sizes(0, 6, picks ? 1 : 0);
  const Array x = picks ? s.array(sizes, true) : s.terms(sizes);
  const bool keep = s.chance(2);
  std::vector<int> axes;
  for (int i = 0; i < x.rank(); ++i)
    if (s.chance(2)) axes.push_back(s.chance(2) ? i : i - x.rank());
  if (axes.size() > 2) axes.resize(2);
  Sizes kept = x.sizes, dropped;
  for (const int a : axes) kept[a < 0 ? a + x.rank() : a] = 1;
  if (axes.empty()) kept.assign(x.rank(), 1);
  for (int i = 0; i < x.rank(); ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end() &&
        std::find(axes.begin(), axes.end(), i - x.rank()) == axes.end() && !axes.empty())
      dropped.push_back(x.sizes[i]);
  Array y = filled(kept, [&](const Sizes& to) {
    std::vector<Scalar> values;
    each(x.sizes, [&](const Sizes& i) {
      bool mine = true;
      for (int a = 0; a < x.rank(); ++a) mine = mine && (kept[a] == 1 || i[a] == to[a]);
      if (mine) values.push_back(x.at(i));
    });
    if (which == 2 || which == 3) return largest(values, which == 3 ? -1 : 1);
    const Scalar sum = sum_of_all(values), n = reference::number(static_cast<Real>(values.size()));
    if (which < 2) return which == 0 ? sum : sum / n;
    Scalar squares = reference::number(0);
    for (const Scalar& v : values) squares = squares + (v - sum / n) * (v - sum / n);
    return values.empty() ? reference::number(NAN) : squares / n;
  });
  if (!keep) y.sizes = dropped;
  const char* const names[] = {"sum", "mean", "max", "min", "var"};
  check_case(s, names[which], {x}, y, [&](auto& v) {
    const Axes a(axes);
    return which == 0   ? sum(v[0], a, keep)
           : which == 1 ? mean(v[0], a, keep)
           : which == 2 ? max(v[0], a, keep)
           : which == 3 ? min(v[0], a, keep)
                        : var(v[0], a, 0, keep);
  });
}
void softmaxes(Source& s) {
  const long which = s.below(3);
  const Array x = s.array(s.sizes(0, 6, 1), true);
  const int axis = x.rank() == 0 ? 0 : static_cast<int>(s.below(x.rank()));
  const bool keep = s.chance(2);
  const auto line = [&](Sizes i) {
    std::vector<Scalar> values;
    if (x.rank() == 0) return x.v;
    for (i[axis] = 0; i[axis] < x.sizes[axis]; ++i[axis]) values.push_back(x.at(i));
    return values;
  };
  Sizes sizes = x.sizes;
  if (which == 2 && x.rank() > 0) sizes[axis] = 1;
  Array y = filled(sizes, [&](const Sizes& i) {
    const std::vector<Scalar> values = line(i);
    const Real most = largest(values).v;
    if (std::isinf(most)) return reference::number(which == 2 ? most : NAN);
    const Scalar shift = reference::number(most), all = log_of_sum_of_exp(values, most);
    if (which == 2) return all + shift;
    return which == 0 ? exp(x.at(i) - shift - all) : x.at(i) - shift - all;
  });
  if (which == 2 && !keep && x.rank() > 0) y.sizes.erase(y.sizes.begin() + axis);
  check_case(
      s,
      which == 0   ? "softmax"
      : which == 1 ? "log_softmax"
                   : "logsumexp",
      {x}, y, [&](auto& v) {
        return which == 0 ? softmax(v[0], axis) : which == 1 ? log_softmax(v[0], axis) : logsumexp(v[0], axis, keep);
      });
}

}  // namespace

TEST_CASE("random ops on random shapes agree with loops of single numbers: elementwise, along axes") {
  Source source{Random(1, "random ops")};
  void (*const cases[])(Source&) = {one_argument, two_arguments, where_case, reduction, softmaxes};
  for (int i = 0; i < 10000; ++i) {
    reference::records.clear();
    cases[source.below(std::size(cases))](source);
  }
}
