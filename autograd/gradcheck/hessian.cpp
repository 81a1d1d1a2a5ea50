#include <algorithm>
#include <cmath>
#include <memory>

#include "autograd/error.h"
#include "autograd/gradcheck/parts.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

using Tensors = std::vector<Tensor>;

class Second {
 public:
  Second(GradcheckFunction& f, const Parameters& parameters, const HessianOptions& options)
      : f_(f), parameters_(parameters), options_(options) {}

  Tensors direction(std::string_view purpose) const {
    Tensors d;
    for (std::size_t k = 0; k < parameters_.size(); ++k)
      d.push_back(random_normal(parameters_[k]->shape(), options_.seed, purpose, k));
    const double length = std::sqrt(dot(d, d));
    for (Tensor& t : d)
      for (Real& x : t.values()) x /= length;
    return d;
  }

  struct Point {
    double value;
    Tensors gradient;
  };
  Point at(const Tensors& d, double h) {
    std::vector<std::unique_ptr<Moved>> moved;
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      moved.push_back(std::make_unique<Moved>(*parameters_[k]));
      moved.back()->along(d[k], h);
    }
    Tape t(parameters_);
    const Var y = f_.record(t);
    if (y.value().size() != 1)
      throw Error("hessian_vector_check: expected a function of one value, got shape " + y.shape().str());
    Point p{y.item(), {}};
    if (y.node().requires_grad) t.backward(y);
    for (const Parameter* q : parameters_)
      p.gradient.push_back(t.has_grad(*q) ? t.grad(*q) : Tensor::zeros(q->shape()));
    return p;
  }

  // H d = (g(x + h d) - g(x - h d)) / 2h
  static Tensors product(const Point& high, const Point& low, double h) {
    Tensors p = high.gradient;
    for (std::size_t k = 0; k < p.size(); ++k)
      for (Index i = 0; i < p[k].size(); ++i) p[k][i] = (p[k][i] - low.gradient[k][i]) / (2 * h);
    return p;
  }

  HessianCheck run(HessianProduct* given) {
    HessianCheck result;
    const auto fail = [&](const std::string& what, double error) {
      if (!(error <= options_.tolerance))
        result.failures.push_back(what + ": error " + number(error) + ", tolerance " + number(options_.tolerance));
    };
    if (!(options_.step > 0 && std::isfinite(options_.step) && options_.tolerance >= 0)) {
      result.failures.push_back("expected a finite step above 0 and a tolerance of at least 0, got a step of " +
                                plain(options_.step) + " and a tolerance of " + plain(options_.tolerance));
      return result;
    }
    const double h = options_.step;
    const Tensors v = direction("hessian.v"), u = direction("hessian.u");
    const Point middle = at(v, 0), high = at(v, h), low = at(v, -h);
    const Tensors Hv = product(high, low, h), Hu = product(at(u, h), at(u, -h), h);
    const double size = std::sqrt(dot(Hv, Hv));
    const double scale = std::max({size, std::sqrt(dot(Hu, Hu))});
    if (!(scale > 0)) {
      result.failures.push_back("nothing to check: the gradient does not change, so that the Hessian is zero");
      return result;
    }
    result.symmetry_error = std::abs(dot(u, Hv) - dot(v, Hu)) / scale;
    fail("the Hessian is not symmetric: these are not the gradients of one function", result.symmetry_error);
    // Of L, rounding leaves 1e-16 |L| / h^2: at h = 1e-4 that is 1e-8 |L|.
    result.curvature_error =
        std::abs(dot(v, Hv) - (high.value - 2 * middle.value + low.value) / (h * h)) / (scale + std::abs(middle.value));
    fail("the change of the gradient is not the curvature of the value", result.curvature_error);
    if (given) {
      const Tensors theirs = given->times(v);
      double largest_element = 0;
      for (const Tensor& t : Hv) largest_element = std::max(largest_element, largest(t));
      for (std::size_t k = 0; k < Hv.size(); ++k) {
        if (theirs.size() != Hv.size() || theirs[k].shape() != Hv[k].shape()) {
          result.product_error = HUGE_VAL;
          break;
        }
        const double off = largest_difference(Hv[k], Tensor::zeros(Hv[k].shape()), theirs[k]);
        result.product_error = std::max(result.product_error, off / largest_element);
      }
      fail("the product is not the Hessian's", result.product_error);
    }
    result.passed = result.failures.empty();
    return result;
  }

 private:
  GradcheckFunction& f_;
  const Parameters& parameters_;
  const HessianOptions& options_;
};

}  // namespace

HessianProduct::~HessianProduct() = default;

HessianCheck hessian_vector_check(GradcheckFunction& function, const Parameters& parameters,
                                  const HessianOptions& options, HessianProduct* product) {
  return Second(function, parameters, options).run(product);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
