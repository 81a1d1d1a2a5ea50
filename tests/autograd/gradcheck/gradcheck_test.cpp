// A check that passes everything is worse than none: here it meets ops that are wrong on purpose, one fault each.
#include "autograd/gradcheck/gradcheck.h"

#include <cmath>
#include <limits>

#include "tests/catch.h"

using namespace gradus;

namespace {

enum class Fault { none, sign, zero, overwritten, axis, sum_only, nan, frozen, once };

struct Faulty : Node {
  Fault fault = Fault::none;
  const char* op() const override { return "faulty"; }
  const char* formula() const override { return ""; }
  const char* derivative() const override { return ""; }

  // inputs[i].grad += g, as an op should, or overwritten.
  void give(int i, const Tensor& g) {
    if (!needs(i) && fault != Fault::frozen) return;
    const Target to = target(i);
    for (Index j = 0; j < g.size(); ++j)
      (*to.grad)[j] = to.add && fault != Fault::overwritten ? (*to.grad)[j] + g[j] : g[j];
  }
};

// y = a * b, elementwise
struct Times final : Faulty {
  int runs = 0;
  void forward() override {
    for (Index i = 0; i < value.size(); ++i) value[i] = in(0)[i] * in(1)[i];
  }
  void backward() override {
    if (fault == Fault::once && ++runs > 1) return;
    for (int k = 0; k < 2; ++k) {
      Tensor g(value.shape());
      for (Index i = 0; i < g.size(); ++i) g[i] = grad[i] * in(1 - k)[i];
      if (fault == Fault::sign && k == 1) g[1] = -g[1];
      if (fault == Fault::zero) g.fill(0);
      if (fault == Fault::nan) g[0] = std::numeric_limits<Real>::quiet_NaN();
      give(k, g);
    }
  }
};

// y_j = sum_i x_ij for x (2, 3); the fault: the gradient is spread along the other axis
struct SumRows final : Faulty {
  void forward() override {
    for (Index j = 0; j < 3; ++j) value[j] = in(0)[j] + in(0)[3 + j];
  }
  void backward() override {
    Tensor g(Shape{2, 3});
    for (Index i = 0; i < 6; ++i) g[i] = grad[fault == Fault::axis ? i / 2 : i % 3];
    give(0, g);
  }
};

// y = softmax(x) for x (3). The fault: dy_i/dx_j without its off-diagonal part, put right so that every gradient of
// sum(y) is zero, as it should be.
struct Softmax final : Faulty {
  void forward() override {
    Real sum = 0;
    for (Index i = 0; i < 3; ++i) sum += value[i] = std::exp(in(0)[i]);
    for (Index i = 0; i < 3; ++i) value[i] /= sum;
  }
  void backward() override {
    Tensor g(Shape{3});
    Real dot = 0;
    for (Index i = 0; i < 3; ++i) dot += grad[i] * value[i];
    if (fault == Fault::sum_only) dot = (grad[0] + grad[1] + grad[2]) / 3;
    for (Index i = 0; i < 3; ++i) g[i] = value[i] * (grad[i] - dot);
    give(0, g);
  }
};

template <class N>
Var record(Tape& t, Fault fault, const Shape& shape, std::initializer_list<Var> inputs) {
  std::vector<Node*> nodes;
  for (const Var& v : inputs) nodes.push_back(t.check(v));
  N& n = t.make<N>(nodes, Site::current());
  n.fault = fault;
  n.value = t.tensor(shape);
  n.forward();
  return t.var(n);
}

struct Operands {
  Parameter a{"a", Tensor({2, 3}, {1, -2, 3, 0.5, 4, -1})}, b{"b", Tensor({2, 3}, {0.2, 7, -1, 2, 1, 3})};
  Parameter x{"x", Tensor({3}, {0.1, -0.4, 0.9})};

  Gradcheck times(Fault fault, const GradcheckOptions& options = {}) {
    return gradcheck(
        [&](Tape& t) {
          return record<Times>(t, fault, {2, 3}, {t.leaf(a), t.leaf(b)});
        },
        {&a, &b}, options);
  }
};

bool says(const Gradcheck& check, const std::string& words) {
  for (const GradcheckFinding& f : check.failures)
    if (f.what.find(words) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("gradcheck passes what is right, and shows every element") {
  Operands o;
  const Gradcheck check = o.times(Fault::none);
  INFO(check.report());
  REQUIRE(check.passed);
  REQUIRE(check.rows.size() == 12);
  REQUIRE(check.max_error < 1e-9);
  REQUIRE(check.max_relative >= check.max_error);
  for (std::size_t r = 1; r < 12; ++r) REQUIRE(check.rows[r - 1].error >= check.rows[r].error);
  REQUIRE(check.report(2).find("gradcheck: passed, 12 elements, largest error") == 0);
  REQUIRE(o.a.value().str() == "(2, 3) [1, -2, 3, 0.5, 4, -1]");
}

TEST_CASE("gradcheck catches a flipped sign, and puts the element first") {
  Operands o;
  const Gradcheck check = o.times(Fault::sign);
  REQUIRE_FALSE(check.passed);
  REQUIRE(check.failures.size() == 1);
  REQUIRE(says(check, "the gradient of 'b' is wrong"));
  REQUIRE(check.failures[0].parameter == "b");
  REQUIRE(check.failures[0].op == "faulty");
  REQUIRE(check.failures[0].index == 1);
  REQUIRE_FALSE(check.failures[0].undecided);
  REQUIRE(check.wrong == 1);
  REQUIRE(check.rows[0].parameter == "b");
  REQUIRE(check.rows[0].index == 1);
  REQUIRE(check.rows[0].analytic == Approx(-check.rows[0].numeric));
  REQUIRE(check.report().find("gradcheck: FAILED") == 0);
}

TEST_CASE("gradcheck catches a gradient of zero") {
  Operands o;
  const Gradcheck check = o.times(Fault::zero);
  REQUIRE(says(check, "the gradient of 'a' is wrong: largest error 1.00e+00, tolerance 1.00e-11"));
  REQUIRE(says(check, "the gradient of 'b' is wrong"));
}

TEST_CASE("gradcheck catches a gradient that is overwritten") {
  Operands o;
  const Gradcheck check = o.times(Fault::overwritten);
  REQUIRE(says(check, "two calls of backward do not give 'a' twice the gradient of one"));
  REQUIRE(says(check, "gradients of two uses of 'a' do not add up: its gradient is overwritten, not accumulated"));
}

TEST_CASE("gradcheck catches a gradient along the wrong axis") {
  Operands o;
  const auto sum_rows = [&](Fault fault) {
    return gradcheck([&, fault](Tape& t) { return record<SumRows>(t, fault, {3}, {t.leaf(o.a)}); }, {&o.a});
  };
  REQUIRE(sum_rows(Fault::none).passed);
  REQUIRE(says(sum_rows(Fault::axis), "the gradient of 'a' is wrong"));
}

TEST_CASE("gradcheck catches a softmax whose gradient is right for a sum only") {
  Operands o;
  const auto softmax_of_x = [&](Fault fault) {
    return gradcheck([&, fault](Tape& t) { return record<Softmax>(t, fault, {3}, {t.leaf(o.x)}); }, {&o.x});
  };
  REQUIRE(softmax_of_x(Fault::none).passed);
  REQUIRE(says(softmax_of_x(Fault::sum_only), "the gradient of 'x' is wrong"));
}

TEST_CASE("gradcheck catches a gradient given to a frozen input") {
  Operands o;
  REQUIRE(says(o.times(Fault::frozen), "only 'a' moves, but a frozen constant of shape (2, 3) got a gradient"));
}

TEST_CASE("gradcheck catches a backward that works only once") {
  Operands o;
  REQUIRE(says(o.times(Fault::once), "a second backward over one recording gives 'a' another gradient"));
}

TEST_CASE("gradcheck catches what is not a number") {
  Operands o;
  REQUIRE(says(o.times(Fault::nan), "the gradient of 'a' is not finite: (2, 3) [nan, "));
  o.x.mutable_value()[1] = std::numeric_limits<Real>::quiet_NaN();
  REQUIRE(
      says(gradcheck([&](Tape& t) { return t.leaf(o.x); }, {&o.x}), "parameter 'x' holds a value that is not finite"));
  o.x.mutable_value()[1] = 800;  // exp(800) overflows a double
  REQUIRE(says(gradcheck([&](Tape& t) { return record<Softmax>(t, Fault::none, {3}, {t.leaf(o.x)}); }, {&o.x}),
               "the function's value is not finite: (3) [0, "));
}

TEST_CASE("gradcheck fails where there is nothing to check") {
  Operands o;
  Parameter empty("empty", Tensor(Shape{0, 3}));
  REQUIRE(says(gradcheck([](Tape& t) { return t.constant(1); }, {&o.a}), "the function is constant"));
  REQUIRE(says(gradcheck([&](Tape& t) { return t.leaf(o.a); }, {}), "nothing to check: the parameters have no"));
  REQUIRE(
      says(gradcheck([&](Tape& t) { return t.leaf(empty); }, {&empty}), "nothing to check: the parameters have no"));
  REQUIRE(says(gradcheck([&](Tape& t) { return t.leaf(empty); }, {&empty, &o.a}), "the function's value is empty"));
  REQUIRE(says(gradcheck([&](Tape& t) { return t.leaf(o.a); }, {&o.a, &o.b}),
               "nothing to check: the gradient of 'b' is zero; list it in zero_gradients if that is right"));
}

TEST_CASE("gradcheck catches a function that is not deterministic") {
  Operands o;
  Real calls = 0;
  const Gradcheck check = gradcheck(
      [&](Tape& t) {
        return record<Times>(t, Fault::none, {2, 3}, {t.leaf(o.a), t.constant(Tensor::full({2, 3}, ++calls))});
      },
      {&o.a});
  REQUIRE(says(check, "the function is not deterministic: two recordings gave different values"));
}

TEST_CASE("a gradient listed as zero must be zero, and a list must be right") {
  Operands o;
  GradcheckOptions options;
  options.zero_gradients = {"b"};
  REQUIRE(gradcheck([&](Tape& t) { return t.leaf(o.a); }, {&o.a, &o.b}, options).passed);
  REQUIRE(says(o.times(Fault::none, options), "the gradient of 'b' is listed as zero, but is up to "));
  REQUIRE(says(o.times(Fault::zero, options), "'b' is listed as zero, but differences give up to "));
  options.zero_gradients = {"c"};
  REQUIRE(says(o.times(Fault::none, options), "zero_gradients lists 'c', which is not one of the parameters"));
}

TEST_CASE("gradcheck puts the values back when the function throws") {
  Operands o;
  int calls = 0;
  REQUIRE_THROWS_AS(gradcheck(
                        [&](Tape& t) {
                          if (++calls == 9) throw 1;
                          return t.leaf(o.a);
                        },
                        {&o.a}),
                    int);
  REQUIRE(o.a.value().str() == "(2, 3) [1, -2, 3, 0.5, 4, -1]");
}
