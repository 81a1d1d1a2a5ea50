// What kind of fault is it? The node's Jacobian is known by differences, so each hypothesis can say which gradient it
// would give; the one that gives the wrong gradient exactly is the name of the fault. The simplest come first.
#include <algorithm>
#include <cmath>

#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

constexpr double match = 1e-5;  // how well a hypothesis must fit, relative to the largest element

class Suspect {
 public:
  explicit Suspect(const LocalGradient& l) : l_(l), a_(l.analytic), n_(l.numeric), G_(l.cotangent), s_(l.scale()) {}

  Named name(const std::vector<LocalGradient>& all) const {
    const std::string some = std::to_string(l_.wrong_count) + " of " + std::to_string(a_.size()) + " elements";
    if (largest(a_) == 0) return {Cause::never_written, "the gradient is zero: never written"};
    if (largest_difference(a_, Tensor::zeros(a_.shape()), n_) <= 10 * match * s_) return nearly(some);
    if (l_.kinks == l_.wrong_count)
      return {Cause::kink, "right except at a kink, in " + some + ", first at " + first_wrong() + ": the gradient " +
                               plain(a_[first()]) + " is not between the one-sided slopes " +
                               plain(l_.derivatives[first()].low) + " and " + plain(l_.derivatives[first()].high)};
    if (wrong_ones([&](Index i) { return -n_[i]; })) return {Cause::sign, "the sign is flipped, in " + some};
    if (everywhere([&](Index i) { return column_sum(i); }))
      return {Cause::no_cotangent, "the cotangent is not used: this is the gradient of the sum of the values"};
    if (same_shape() && everywhere([&](Index i) { return G_[i]; }))
      return {Cause::no_derivative, "the op's own derivative is missing: the cotangent is passed on as it is"};
    for (const LocalGradient& other : all)
      if (other.input != l_.input && other.x.shape() == l_.x.shape() &&
          everywhere([&](Index i) { return other.numeric[i]; }))
        return {Cause::swapped,
                "this is the gradient of input " + std::to_string(other.position + 1) + ": two are swapped"};
    if (const Named n = constant(); n.cause != Cause::unknown) return n;
    if (transposed()) return {Cause::transposed, "transposed: the right values, in the order of the transposed matrix"};
    if (other_transposed()) return {Cause::transposed, "transposed: the other factor enters transposed, or should"};
    if (const Named n = broadcast(); n.cause != Cause::unknown) return n;
    if (shifted(1) || shifted(-1))
      return {Cause::shifted, "every element has its neighbour's gradient: the index is off by one"};
    if (const Named n = along_axis(); n.cause != Cause::unknown) return n;
    if (const Named n = normalization(); n.cause != Cause::unknown) return n;
    if (at_output())
      return {Cause::stale, "stale value: the derivative is taken at the op's result, where its argument is meant"};
    return {Cause::unknown, "wrong in " + some + ", first at " + first_wrong() + ": " + plain(a_[first()]) +
                                " where differences give " + plain(n_[first()])};
  }

 private:
  // So small a fault lies within what a hypothesis may miss: every one that gives the right gradient would fit.
  Named nearly(const std::string& some) const {
    const double c = dot(a_, n_) / dot(n_, n_), off = largest_difference(a_, Tensor::zeros(a_.shape()), n_);
    bool constant = true;
    for (Index i = 0; i < a_.size(); ++i) constant &= close(a_[i], c * n_[i], 0.01 * off);
    if (constant)
      return {Cause::factor,
              "off by a constant factor of 1 " + std::string(c < 1 ? "- " : "+ ") + plain(std::abs(c - 1))};
    return {Cause::unknown, "nearly right, but wrong in " + some + ", first at " + first_wrong() + ": " +
                                number(a_[first()], 12) + " where differences give " + number(n_[first()], 12)};
  }

  bool same_shape() const { return l_.x.shape() == l_.y.shape(); }
  Index first() const { return std::find(l_.wrong.begin(), l_.wrong.end(), true) - l_.wrong.begin(); }
  std::string first_wrong() const { return multi_index(l_.x.shape(), first()); }
  double J(Index j, Index i) const { return l_.jacobian[i][j]; }  // dy_j/dx_i
  bool fits(double a, double b) const { return close(a, b, match * s_); }

  template <class F>
  bool everywhere(const F& f) const {
    for (Index i = 0; i < a_.size(); ++i)
      if (!fits(a_[i], f(i))) return false;
    return true;
  }
  template <class F>
  bool wrong_ones(const F& f) const {
    for (Index i = 0; i < a_.size(); ++i)
      if (l_.wrong[i] && !fits(a_[i], f(i))) return false;
    return true;
  }
  double column_sum(Index i) const {
    double sum = 0;
    for (Index j = 0; j < l_.y.size(); ++j) sum += J(j, i);
    return sum;
  }

  // a = c n. A c that is the size of an axis which the op sums over is no accident.
  Named constant() const {
    const double c = dot(a_, n_) / dot(n_, n_);
    if (!everywhere([&](Index i) { return c * n_[i]; })) return {};
    const std::string text = "off by a constant factor of " + plain(c);
    if (same_shape()) return {Cause::factor, text};
    for (const Node* in : l_.node->inputs)
      for (int axis = 0; axis < in->value.shape().rank(); ++axis) {
        const double size = static_cast<double>(in->value.shape()[axis]), rows = static_cast<double>(in->value.size());
        for (const double N : {size, rows})
          if (N > 1 && (close(c, N, match * N) || close(c * N, 1, match)))
            return {Cause::batch_size, text + ": off by the batch size, " + plain(N) + ", " +
                                           (c > 1 ? "by which it must be divided" : "by which it must not be divided")};
      }
    return {Cause::factor, text};
  }

  bool transposed() const {
    const Shape& s = l_.x.shape();
    if (s.rank() < 2) return false;
    const Index R = s[-2], C = s[-1];
    return everywhere([&](Index i) {
      const Index at = i % (R * C);
      return n_[i - at + at % R * C + at / R];
    });
  }

  // The gradient by differences, were `changed` to hold v.
  Tensor numeric_with(const Node* changed, const Tensor& v) const {
    Node &n = const_cast<Node&>(*l_.node), &in = const_cast<Node&>(*l_.input), &other = const_cast<Node&>(*changed);
    const Tensor before = other.value;
    std::copy(v.values().begin(), v.values().end(), other.value.values().begin());
    Tensor g(in.value.shape());
    for (Index i = 0; i < g.size(); ++i) {
      constexpr double h = 1e-5;
      const double x = in.value[i];
      in.value[i] = x + h;
      n.forward();
      const double high = dot(G_, n.value);
      in.value[i] = x - h;
      n.forward();
      in.value[i] = x;
      g[i] = (high - dot(G_, n.value)) / (2 * h);
    }
    std::copy(before.values().begin(), before.values().end(), other.value.values().begin());
    n.forward();
    return g;
  }

  // Of a product with a square factor W: right if W were transposed.
  bool other_transposed() const {
    for (const Node* in : l_.node->inputs) {
      const Shape& s = in->value.shape();
      if (in == l_.input || s.rank() != 2 || s[0] != s[1]) continue;
      Tensor v(s);
      for (Index i = 0; i < v.size(); ++i) v[i] = in->value[i % s[0] * s[0] + i / s[0]];
      const Tensor g = numeric_with(in, v);
      if (everywhere([&](Index i) { return g[i]; })) return true;
    }
    return false;
  }

  // An input that was broadcast has the sum over its copies as its gradient. Not summed: that of one copy.
  Named broadcast() const {
    Shape all;
    if (same_shape() || l_.x.size() >= l_.y.size() || !broadcast_shapes(l_.x.shape(), l_.y.shape(), all) ||
        all != l_.y.shape())
      return {};
    const auto of_copy = [&](bool last) {
      return everywhere([&](Index i) {
        double one = 0;
        for (Index j = 0; j < l_.y.size(); ++j)
          if (J(j, i) != 0 && (last || one == 0)) one = G_[j] * J(j, i);
        return one;
      });
    };
    if (of_copy(false) || of_copy(true))
      return {Cause::not_summed_back, "the broadcast is not summed back: it is the gradient of one copy of " +
                                          l_.x.shape().str() + " in " + l_.y.shape().str()};
    // Taken from the cotangent in memory order, or without the derivative.
    if (everywhere([&](Index i) {
          return G_[i] * (column_sum(i) * static_cast<double>(a_.size()) / static_cast<double>(l_.y.size()));
        }))
      return {Cause::not_summed_back,
              "the broadcast is not summed back: the first elements of the cotangent are taken"};
    return {};
  }

  bool shifted(Index by) const {
    const Index size = a_.size();
    if (size < 3) return false;
    bool all = true;
    for (Index i = std::max<Index>(0, -by); i < std::min(size, size - by); ++i) all &= fits(a_[i], n_[i + by]);
    return all;
  }

  Named along_axis() const {
    const std::string text = "wrong axis: ";
    std::vector<double> a(a_.values().begin(), a_.values().end()), n(n_.values().begin(), n_.values().end());
    std::sort(a.begin(), a.end());
    std::sort(n.begin(), n.end());
    bool same = true;
    for (std::size_t i = 0; i < a.size(); ++i) same &= fits(a[i], n[i]);
    if (same) return {Cause::wrong_axis, text + "the right values, at other places"};
    // A reduction: each x_i goes into few y_j with one weight c, so its gradient is c G_j for another j, or with the
    // weight of another axis.
    std::vector<double> weights;
    for (const auto& column : l_.jacobian)
      for (const double d : column.values())
        if (std::abs(d) > 1e-9 * s_) weights.push_back(d);
    const double c = weights.empty() ? 0 : weights[0];
    const bool one_weight =
        std::all_of(weights.begin(), weights.end(), [&](double w) { return close(w, c, match * std::abs(c)); });
    std::vector<double> candidates = {c};
    for (int axis = 0; axis < l_.x.shape().rank(); ++axis)
      candidates.push_back(1 / static_cast<double>(l_.x.shape()[axis]));
    for (const double w : candidates)
      if (one_weight && !same_shape() && l_.y.size() > 1 && everywhere_some([&](Index j) { return w * G_[j]; }))
        return {Cause::wrong_axis, text + "each element gets the cotangent of another row"};
    // softmax's y (G - sum(G y)) and log_softmax's, with the sum over another axis.
    for (int axis = 0; same_shape() && axis < l_.x.shape().rank(); ++axis)
      for (const bool logarithm : {false, true})
        if (everywhere([&](Index i) {
              const double sum = sum_along(axis, i, logarithm);
              return logarithm ? G_[i] - std::exp(l_.y[i]) * sum : l_.y[i] * (G_[i] - sum);
            }))
          return {Cause::wrong_axis, text + "the sum over a row runs along axis " + std::to_string(axis)};
    return {};
  }
  template <class F>
  bool everywhere_some(const F& f) const {
    for (Index i = 0; i < a_.size(); ++i) {
      bool some = false;
      for (Index j = 0; j < G_.size() && !some; ++j) some = fits(a_[i], f(j));
      if (!some) return false;
    }
    return true;
  }
  double sum_along(int axis, Index i, bool logarithm) const {
    const Index stride = l_.x.shape().stride(axis), size = l_.x.shape()[axis];
    const Index start = i - i / stride % size * stride;
    double sum = 0;
    for (Index k = 0; k < size; ++k) {
      const Index at = start + k * stride;
      sum += logarithm ? G_[at] : G_[at] * l_.y[at];
    }
    return sum;
  }

  // The elements of a row are coupled (softmax, layer norm), but only the diagonal is there; or what is missing from
  // each row is a multiple of y, of exp(y), or of 1 and x: the terms that the normalization adds.
  Named normalization() const {
    if (!same_shape() || a_.size() < 2) return {};
    double off = 0;
    for (Index i = 0; i < a_.size(); ++i)
      for (Index j = 0; j < a_.size(); ++j)
        if (i != j) off = std::max(off, std::abs(J(j, i)));
    if (off < 1e-9) return {};
    const std::string text = "the normalization terms are missing or wrong: ";
    if (everywhere([&](Index i) { return G_[i] * J(i, i); }))
      return {Cause::normalization, text + "only dy_i/dx_i is there, the row's other elements are not"};
    const Index V = l_.x.shape()[-1];
    const auto spanned = [&](const auto& f, const auto& g, int dimensions) {
      if (V <= dimensions) return false;
      for (Index r = 0; r < a_.size() / V; ++r) {  // least squares of e on f and g in each row
        double ff = 0, fg = 0, gg = 0, fe = 0, ge = 0;
        for (Index i = r * V; i < (r + 1) * V; ++i) {
          const double e = a_[i] - n_[i];
          ff += f(i) * f(i), fg += f(i) * g(i), gg += g(i) * g(i), fe += f(i) * e, ge += g(i) * e;
        }
        const double det = ff * gg - fg * fg;
        const double p = dimensions == 1 ? fe / ff : (fe * gg - ge * fg) / det;
        const double q = dimensions == 1 ? 0 : (ge * ff - fe * fg) / det;
        for (Index i = r * V; i < (r + 1) * V; ++i)
          if (!fits(a_[i] - n_[i], p * f(i) + q * g(i))) return false;
      }
      return true;
    };
    const auto one = [](Index) { return 1.0; };
    const auto x = [&](Index i) { return l_.x[i]; };
    const auto y = [&](Index i) { return l_.y[i]; };
    const auto e = [&](Index i) { return std::exp(l_.y[i]); };
    if (spanned(y, one, 1) || spanned(e, one, 1))
      return {Cause::normalization,
              text + "each row is off by a multiple of the result, as without softmax's sum(G y)"};
    if (spanned(one, x, 1)) return {Cause::normalization, text + "each row is off by a constant, its mean"};
    if (spanned(one, x, 2))
      return {Cause::normalization,
              text + "each row is off by a constant and a multiple of x, the terms of mean and variance"};
    return {};
  }

  // Elementwise: the derivative at y in place of x.
  bool at_output() const {
    if (!same_shape() || l_.node->inputs.size() != 1) return false;
    const Tensor g = numeric_with(l_.input, l_.y);
    return everywhere([&](Index i) { return g[i]; });
  }

  const LocalGradient& l_;
  const Tensor &a_, &n_, &G_;
  double s_;
};

}  // namespace

Named cause_of(const LocalGradient& l, const std::vector<LocalGradient>& all) {
  return Suspect(l).name(all);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
