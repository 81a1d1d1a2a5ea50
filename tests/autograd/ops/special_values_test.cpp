// NaN and infinity through ops and back, with the values that PyTorch 1.13 gives; where ours differ, the test says so.
#include <cmath>
#include <limits>
#include <vector>

#include "tests/autograd/check.h"

using namespace gradus;

namespace {

constexpr Real NaN = std::numeric_limits<Real>::quiet_NaN(), inf = std::numeric_limits<Real>::infinity();

void require_same(const Tensor& got, const std::vector<Real>& expected) {
  REQUIRE(got.size() == std::ssize(expected));
  for (Index i = 0; i < got.size(); ++i) {
    INFO("at " << i << ": " << got[i] << ", expected " << expected[i]);
    REQUIRE((std::isnan(expected[i]) ? std::isnan(got[i]) : got[i] == Approx(expected[i]).margin(1e-12)));
  }
}

Tensor row(const std::vector<Real>& x) {
  Tensor t(Shape{std::ssize(x)});
  std::copy(x.begin(), x.end(), t.data());
  return t;
}

// f at x has `value`, and a gradient of 5 behind it becomes `gradient`.
template <class Function>
void check(Function f, const std::vector<Real>& x, const std::vector<Real>& value, const std::vector<Real>& gradient) {
  Parameter p("x", row(x));
  Tape t({&p});
  const Var y = f(t.leaf(p));
  require_same(y.value(), value);
  t.backward(y, Tensor::full(y.shape(), 5));
  require_same(t.grad(p), gradient);
}

template <class Function>
void check_two(Function f, const std::vector<Real>& a, const std::vector<Real>& b, const std::vector<Real>& value,
               const std::vector<Real>& of_a, const std::vector<Real>& of_b) {
  Parameter p("a", row(a)), q("b", row(b));
  Tape t({&p, &q});
  const Var y = f(t.leaf(p), t.leaf(q));
  require_same(y.value(), value);
  t.backward(y, Tensor::full(y.shape(), 5));
  require_same(t.grad(p), of_a);
  require_same(t.grad(q), of_b);
}

const std::vector<Real> six = {NaN, 1, -1, 0, inf, -inf};

}  // namespace

TEST_CASE("elementwise ops at NaN and infinity") {
  check([](Var x) { return relu(x); }, six, {NaN, 1, 0, 0, inf, 0}, {5, 5, 0, 0, 5, 0});
  check([](Var x) { return abs(x); }, six, {NaN, 1, 1, 0, inf, inf}, {0, 5, -5, 0, 5, -5});
  check([](Var x) { return clamp(x, -0.5, 0.5); }, six, {NaN, 0.5, -0.5, 0, 0.5, -0.5}, {0, 0, 0, 5, 0, 0});
  check([](Var x) { return sqrt(x); }, six, {NaN, 1, NaN, 0, inf, NaN}, {NaN, 2.5, NaN, inf, 0, NaN});
  check([](Var x) { return log(x); }, six, {NaN, 0, NaN, -inf, inf, NaN}, {NaN, 5, -5, inf, 0, 0});
  check([](Var x) { return exp(x); }, six, {NaN, std::exp(1.0), std::exp(-1.0), 1, inf, 0},
        {NaN, 5 * std::exp(1.0), 5 * std::exp(-1.0), 5, inf, 0});
  check([](Var x) { return tanh(x); }, six, {NaN, std::tanh(1.0), -std::tanh(1.0), 0, 1, -1},
        {NaN, 2.099871708070131, 2.099871708070131, 5, 0, 0});
  check([](Var x) { return sigmoid(x); }, six, {NaN, 0.7310585786300049, 0.2689414213699951, 0.5, 1, 0},
        {NaN, 0.9830596662074093, 0.9830596662074093, 1.25, 0, 0});
  check([](Var x) { return gelu(x); }, six, {NaN, 0.841344746068543, -0.158655253931457, 0, inf, NaN},
        {NaN, 5.4165773529384325, -0.4165773529384317, 2.5, NaN, NaN});
  check([](Var x) { return square(x); }, six, {NaN, 1, 1, 0, inf, inf}, {NaN, 10, -10, 0, inf, -inf});
  check([](Var x) { return power(x, 0); }, six, {1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0});
  check([](Var x) { return power(x, 1); }, six, {NaN, 1, -1, 0, inf, -inf}, {5, 5, 5, 5, 5, 5});
  check([](Var x) { return power(x, 0.5); }, six, {NaN, 1, NaN, 0, inf, inf},
        {NaN, 2.5, NaN, inf, 0, 0});  // -inf: C's pow, PyTorch takes sqrt
}

TEST_CASE("maximum, minimum and max pass a NaN on, and its gradient") {
  const std::vector<Real> a = {NaN, 1, NaN, 2, inf, -inf, inf}, b = {1, NaN, NaN, 2, inf, -inf, 1};
  check_two([](Var p, Var q) { return maximum(p, q); }, a, b, {NaN, NaN, NaN, 2, inf, -inf, inf},
            {5, 5, 5, 2.5, 2.5, 2.5, 5}, {5, 5, 5, 2.5, 2.5, 2.5, 0});
  check_two([](Var p, Var q) { return minimum(p, q); }, a, b, {NaN, NaN, NaN, 2, inf, -inf, 1},
            {5, 5, 5, 2.5, 2.5, 2.5, 0}, {5, 5, 5, 2.5, 2.5, 2.5, 5});
  check([](Var x) { return max(x); }, {NaN, 1, 2}, {NaN}, {NaN, NaN, NaN});
  check([](Var x) { return max(reshape(x, {2, 2}), {0}); }, {NaN, 1, 2, 3}, {NaN, 3}, {NaN, 0, NaN, 5});
  check([](Var x) { return max(x); }, {inf, inf, 1}, {inf}, {2.5, 2.5, 0});
}

TEST_CASE("softmax and its relatives at NaN and infinity") {
  check([](Var x) { return softmax(x); }, {inf, 1, 2}, {NaN, NaN, NaN}, {NaN, NaN, NaN});
  check([](Var x) { return softmax(x); }, {-inf, -inf}, {NaN, NaN}, {NaN, NaN});
  check([](Var x) { return softmax(x); }, {-inf, 1, 2}, {0, 0.26894142136999516, 0.7310585786300049}, {0, 0, 0});
  check([](Var x) { return log_softmax(x); }, {inf, 1, 2}, {NaN, NaN, NaN}, {NaN, NaN, NaN});
  check([](Var x) { return log_softmax(x); }, {-inf, 1, 2}, {-inf, -1.3132616875182228, -0.31326168751822286},
        {5, 0.9658786794500734, -5.965878679450073});
  check([](Var x) { return logsumexp(x); }, {inf, 1, 2}, {inf}, {NaN, 0, 0});
  check([](Var x) { return logsumexp(x); }, {-inf, -inf}, {-inf}, {NaN, NaN});
  check([](Var x) { return logsumexp(x); }, {NaN, 1, 2}, {NaN}, {NaN, NaN, NaN});
  check([](Var x) { return logsumexp(x); }, {-inf, 1, 2}, {2.313261687518223},
        {0, 1.3447071068499752, 3.655292893150024});
}

TEST_CASE("cross_entropy at NaN and infinity: a whole row is NaN or none of it") {
  const auto loss = [](Index target) {
    return [target](Var x) {
      const Index targets[] = {target};
      return cross_entropy(reshape(x, {1, 3}), targets);
    };
  };
  check(loss(1), {inf, 1, 2}, {NaN}, {NaN, NaN, NaN});
  check(loss(0), {inf, 1, 2}, {NaN}, {NaN, NaN, NaN});
  check(loss(0), {NaN, 1, 2}, {NaN}, {NaN, NaN, NaN});
  check(loss(0), {-inf, -inf, -inf}, {NaN}, {NaN, NaN, NaN});
  check(loss(0), {-inf, 1, 2}, {inf}, {-5, 5 * 0.2689414213699951, 5 * 0.7310585786300049});
}

TEST_CASE("layer_norm of numbers whose squares overflow is NaN, not the bias") {
  const Real large = std::sqrt(std::numeric_limits<Real>::max()) * 2;
  Parameter x("x", Tensor({1, 4}, {large, -2 * large, 3 * large, 4 * large}));
  Tape t({&x});
  const Var y = layer_norm(t.leaf(x), t.constant(Tensor::full({4}, 1)), t.constant(Tensor::full({4}, 0.5)));
  for (const Real v : y.value().values()) REQUIRE(std::isnan(v));
  t.backward(y, Tensor::full({1, 4}, 1));
  for (const Real g : t.grad(x).values()) REQUIRE(std::isnan(g));
}
