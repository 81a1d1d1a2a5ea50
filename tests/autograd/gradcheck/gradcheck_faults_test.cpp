// Classic faults, one at a time, in ops as a student writes them: the check must catch each and name its cause.
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "autograd/ops.h"
#include "tests/autograd/exercise.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

struct Case {
  const char* fault;
  Cause cause;
  std::function<Var(Tape&)> function;
};

struct Cases {
  Parameter a{"a", Tensor({3, 4}, {1, -2, 3, 0.5, 4, -1, 0.7, 2.2, -1.6, 0.3, 1.9, -0.8})};
  Parameter b{"b", Tensor({3, 4}, {0.2, 7, -1, 2, 1, 3, -0.4, 1.3, 2.1, -0.9, 0.6, 1.1})};
  Parameter row{"row", Tensor({4}, {0.3, -0.8, 1.5, 0.9})};
  Parameter square{"square", Tensor({3, 3}, {0.3, -0.8, 1.5, 0.9, 2.1, -0.6, 1.2, 0.4, -1.7})};
  Parameter other{"other", Tensor({3, 3}, {1.1, 0.2, -0.5, 0.7, -1.9, 1.4, 0.8, -0.3, 2.3})};
  Parameter kinked{"kinked", Tensor({4}, {-1, 0, 2, 0})};
  std::vector<double> cache, first;
  std::vector<Case> all;

  Cases() {
    const Steps product = each([](Exercise& n, Index j) { return n.in(0)[j] * n.in(1)[j]; });
    const auto times = [this, product](Steps backward) {
      return [this, product, backward](Tape& t) { return exercise({t.leaf(a), t.leaf(b)}, {3, 4}, product, backward); };
    };
    add("none", Cause::unknown, times([](Exercise& n) {
          n.accumulate(0, [&](Index j) { return n.grad[j] * n.in(1)[j]; });
          n.accumulate(1, [&](Index j) { return n.grad[j] * n.in(0)[j]; });
        }));
    add("a sign is flipped", Cause::sign, times([](Exercise& n) {
          n.accumulate(0, [&](Index j) { return n.grad[j] * n.in(1)[j]; });
          n.accumulate(1, [&](Index j) { return -n.grad[j] * n.in(0)[j]; });
        }));
    add("the two arguments' gradients are swapped", Cause::swapped, times([](Exercise& n) {
          n.accumulate(0, [&](Index j) { return n.grad[j] * n.in(0)[j]; });
          n.accumulate(1, [&](Index j) { return n.grad[j] * n.in(1)[j]; });
        }));
    add("one argument gets none", Cause::never_written,
        times([](Exercise& n) { n.accumulate(0, [&](Index j) { return n.grad[j] * n.in(1)[j]; }); }));
    add("assigned, not added", Cause::overwritten, times([](Exercise& n) {
          for (int k = 0; k < 2; ++k) {
            if (!n.needs(k)) continue;
            const Node::Target to = n.target(k);
            for (Index j = 0; j < 12; ++j) (*to.grad)[j] = n.grad[j] * n.in(1 - k)[j];
          }
        }));
    add("added, where nothing is yet", Cause::uninitialized, times([](Exercise& n) {
          for (int k = 0; k < 2; ++k) {
            if (!n.needs(k)) continue;
            const Node::Target to = n.target(k);
            for (Index j = 0; j < 12; ++j) {
              if (!to.add && !std::isfinite((*to.grad)[j])) (*to.grad)[j] = 0.1;  // as memory that is not fresh
              (*to.grad)[j] += n.grad[j] * n.in(1 - k)[j];
            }
          }
        }));
    add("the cotangent is not used", Cause::no_cotangent, times([](Exercise& n) {
          n.accumulate(0, [&](Index j) { return n.in(1)[j]; });
          n.accumulate(1, [&](Index j) { return n.in(0)[j]; });
        }));
    add("the last element is forgotten", Cause::partly_written, times([](Exercise& n) {
          for (int k = 0; k < 2; ++k) {
            if (!n.needs(k)) continue;
            const Node::Target to = n.target(k);
            for (Index j = 0; j < 11; ++j) (*to.grad)[j] = (to.add ? (*to.grad)[j] : 0) + n.grad[j] * n.in(1 - k)[j];
          }
        }));
    add("frozen inputs get a gradient", Cause::frozen_written, times([](Exercise& n) {
          for (int k = 0; k < 2; ++k) {
            const Node::Target to = n.target(k);
            for (Index j = 0; j < 12; ++j) (*to.grad)[j] = (to.add ? (*to.grad)[j] : 0) + n.grad[j] * n.in(1 - k)[j];
          }
        }));
    add("a saved value is used up", Cause::once, [this, product](Tape& t) {
      const auto runs = std::make_shared<int>(0);
      return exercise({t.leaf(a), t.leaf(b)}, {3, 4}, product, [runs](Exercise& n) {
        const double left = ++*runs == 1 ? 1 : 0;
        n.accumulate(0, [&](Index j) { return left * n.grad[j] * n.in(1)[j]; });
        n.accumulate(1, [&](Index j) { return left * n.grad[j] * n.in(0)[j]; });
      });
    });

    const Steps squares = each([](Exercise& n, Index j) { return n.in(0)[j] * n.in(0)[j]; });
    const auto unary = [this](Steps forward, Steps backward) {
      return [this, forward, backward](Tape& t) { return exercise({t.leaf(a)}, {3, 4}, forward, backward); };
    };
    add("the 2 of a square is missing", Cause::factor,
        unary(squares, [](Exercise& n) { n.accumulate(0, [&](Index j) { return n.grad[j] * n.in(0)[j]; }); }));
    add("off by one place", Cause::shifted, unary(squares, [](Exercise& n) {
          n.accumulate(0, [&](Index j) { return 2 * n.grad[(j + 1) % 12] * n.in(0)[(j + 1) % 12]; });
        }));
    add("not a number", Cause::not_finite, unary(squares, [](Exercise& n) {
          n.accumulate(0, [&](Index j) {
            return j == 5 ? std::numeric_limits<double>::quiet_NaN() : 2 * n.grad[j] * n.in(0)[j];
          });
        }));
    const Steps exponential = each([](Exercise& n, Index j) { return std::exp(n.in(0)[j]); });
    add("the cotangent is passed on", Cause::no_derivative,
        unary(exponential, [](Exercise& n) { n.accumulate(0, [&](Index j) { return n.grad[j]; }); }));
    const Steps hyperbolic = each([](Exercise& n, Index j) { return std::tanh(n.in(0)[j]); });
    add("the derivative is taken at the result", Cause::stale, unary(hyperbolic, [](Exercise& n) {
          n.accumulate(0, [&](Index j) { return n.grad[j] * (1 - std::pow(std::tanh(n.value[j]), 2)); });
        }));
    add("the derivative is of the first recording", Cause::stale, [this, hyperbolic](Tape& t) {
      return exercise({t.leaf(a)}, {3, 4}, hyperbolic, [this](Exercise& n) {
        if (first.empty()) first.assign(n.value.values().begin(), n.value.values().end());
        n.accumulate(0, [&](Index j) { return n.grad[j] * (1 - first[j] * first[j]); });
      });
    });
    add("two uses of a layer share what it saved", Cause::stale, [this](Tape& t) {
      const auto layer = [this](Var x) {
        return exercise(
            {x}, {3, 4},
            [this](Exercise& n) {
              cache.assign(12, 0);
              for (Index j = 0; j < 12; ++j) cache[j] = n.value[j] = std::tanh(n.in(0)[j]);
            },
            [this](Exercise& n) { n.accumulate(0, [&](Index j) { return n.grad[j] * (1 - cache[j] * cache[j]); }); });
      };
      return layer(layer(t.leaf(a)));
    });
    add("a value is taken out of the tape", Cause::detached,
        [this](Tape& t) { return t.leaf(a) * t.constant(tanh(t.leaf(a)).value()); });

    add("a kink's own slope", Cause::kink, [this](Tape& t) {  // leaky: 0.1 x below 0, x above
      return exercise(
          {t.leaf(kinked)}, {4},
          each([](Exercise& n, Index j) { return n.in(0)[j] > 0 ? n.in(0)[j] : 0.1 * n.in(0)[j]; }), [](Exercise& n) {
            n.accumulate(0, [&](Index j) { return n.grad[j] * (n.in(0)[j] > 0 ? 1 : n.in(0)[j] < 0 ? 0.1 : 0); });
          });
    });

    const Steps add_row = each([](Exercise& n, Index j) { return n.in(0)[j] * n.in(1)[j % 4]; });
    add("a broadcast row is not summed back", Cause::not_summed_back, [this, add_row](Tape& t) {
      return exercise({t.leaf(a), t.leaf(row)}, {3, 4}, add_row, [](Exercise& n) {
        n.accumulate(0, [&](Index j) { return n.grad[j] * n.in(1)[j % 4]; });
        n.accumulate(1, [&](Index j) { return n.grad[j] * n.in(0)[j]; });
      });
    });

    const Steps mean_square = [](Exercise& n) {
      n.value[0] = 0;
      for (Index j = 0; j < 12; ++j) n.value[0] += n.in(0)[j] * n.in(0)[j] / 3;  // over a batch of 3
    };
    add("the batch size is forgotten", Cause::batch_size, [this, mean_square](Tape& t) {
      return exercise({t.leaf(a)}, {}, mean_square,
                      [](Exercise& n) { n.accumulate(0, [&](Index j) { return n.grad[0] * 2 * n.in(0)[j]; }); });
    });
    const Steps sum_rows = [](Exercise& n) {
      n.value.fill(0);
      for (Index j = 0; j < 12; ++j) n.value[j % 4] += n.in(0)[j];
    };
    add("a sum's gradient along the other axis", Cause::wrong_axis, [this, sum_rows](Tape& t) {
      return exercise({t.leaf(a)}, {4}, sum_rows,
                      [](Exercise& n) { n.accumulate(0, [&](Index j) { return n.grad[j / 4]; }); });
    });

    const Steps matmul = [](Exercise& n) {
      n.value.fill(0);
      for (Index i = 0; i < 3; ++i)
        for (Index j = 0; j < n.value.shape()[1]; ++j)
          for (Index k = 0; k < 3; ++k)
            n.value[i * n.value.shape()[1] + j] += n.in(0)[i * 3 + k] * n.in(1)[k * n.value.shape()[1] + j];
    };
    const auto by_b = [](Exercise& n, Index i, bool transposed) {  // (G B^T)_i or (G B)_i
      double sum = 0;
      for (Index k = 0; k < 3; ++k) sum += n.grad[i / 3 * 3 + k] * n.in(1)[transposed ? i % 3 * 3 + k : k * 3 + i % 3];
      return sum;
    };
    const auto by_a = [](Exercise& n, Index i) {  // (A^T G)_i
      double sum = 0;
      for (Index k = 0; k < 3; ++k) sum += n.in(0)[k * 3 + i / 3] * n.grad[k * 3 + i % 3];
      return sum;
    };
    add("a factor is not transposed", Cause::transposed, [=, this](Tape& t) {
      return exercise({t.leaf(square), t.leaf(other)}, {3, 3}, matmul, [=](Exercise& n) {
        n.accumulate(0, [&](Index i) { return by_b(n, i, false); });
        n.accumulate(1, [&](Index i) { return by_a(n, i); });
      });
    });
    add("a gradient is written transposed", Cause::transposed, [=, this](Tape& t) {
      return exercise({t.leaf(square), t.leaf(other)}, {3, 3}, matmul, [=](Exercise& n) {
        n.accumulate(0, [&](Index i) { return by_b(n, i % 3 * 3 + i / 3, true); });
        n.accumulate(1, [&](Index i) { return by_a(n, i); });
      });
    });

    const Steps softmax_rows = [](Exercise& n) {
      for (Index r = 0; r < 12; r += 4) {
        double sum = 0;
        for (Index j = r; j < r + 4; ++j) sum += n.value[j] = std::exp(n.in(0)[j]);
        for (Index j = r; j < r + 4; ++j) n.value[j] /= sum;
      }
    };
    const auto dot_of = [](Exercise& n, Index start, Index step, Index count) {
      double dot = 0;
      for (Index k = 0; k < count; ++k) dot += n.grad[start + k * step] * n.value[start + k * step];
      return dot;
    };
    add("none, softmax", Cause::unknown, unary(softmax_rows, [=](Exercise& n) {
          n.accumulate(0, [&](Index j) { return n.value[j] * (n.grad[j] - dot_of(n, j / 4 * 4, 1, 4)); });
        }));
    add("softmax without its sum", Cause::normalization,
        unary(softmax_rows, [](Exercise& n) { n.accumulate(0, [&](Index j) { return n.value[j] * n.grad[j]; }); }));
    add("softmax' diagonal alone", Cause::normalization, unary(softmax_rows, [](Exercise& n) {
          n.accumulate(0, [&](Index j) { return n.value[j] * (1 - n.value[j]) * n.grad[j]; });
        }));
    add("softmax' sum along the other axis", Cause::wrong_axis, unary(softmax_rows, [=](Exercise& n) {
          n.accumulate(0, [&](Index j) { return n.value[j] * (n.grad[j] - dot_of(n, j % 4, 4, 3)); });
        }));
    const auto deviation = [](Exercise& n, Index r, double& mean) {
      double variance = 0;
      mean = 0;
      for (Index j = r; j < r + 4; ++j) mean += n.in(0)[j] / 4;
      for (Index j = r; j < r + 4; ++j) variance += (n.in(0)[j] - mean) * (n.in(0)[j] - mean) / 4;
      return std::sqrt(variance);
    };
    const Steps normalize = [=](Exercise& n) {
      for (Index r = 0; r < 12; r += 4) {
        double mean = 0;
        const double s = deviation(n, r, mean);
        for (Index j = r; j < r + 4; ++j) n.value[j] = (n.in(0)[j] - mean) / s;
      }
    };
    add("layer norm with constant mean and variance", Cause::normalization, unary(normalize, [=](Exercise& n) {
          n.accumulate(0, [&](Index j) {
            double mean = 0;
            return n.grad[j] / deviation(n, j / 4 * 4, mean);
          });
        }));
  }
  void add(const char* fault, Cause cause, std::function<Var(Tape&)> f) { all.push_back({fault, cause, f}); }

  // Of the parameters, those that the function uses.
  Gradcheck run(const Case& c) {
    Parameters used;
    for (Parameter* p : {&a, &b, &row, &square, &other, &kinked}) {
      Tape t({p});
      const Var y = c.function(t);
      const Node* leaf = &t.leaf(*p).node();
      for (const Node* n : t.nodes())
        if (n == leaf && n->index <= y.node().index) {
          used.push_back(p);
          break;
        }
    }
    cache.clear();
    first.clear();
    return gradcheck(c.function, used);
  }
};

}  // namespace

TEST_CASE("each classic fault is caught, and its cause is named") {
  Cases cases;
  int caught = 0, named = 0, faults = 0;
  for (const Case& c : cases.all) {
    const Gradcheck check = cases.run(c);
    INFO(c.fault << "\n" << check.report());
    if (std::string(c.fault).starts_with("none")) {
      CHECK(check.passed);
      CHECK(check.diagnoses.empty());
      continue;
    }
    ++faults;
    caught += !check.passed;
    CHECK_FALSE(check.passed);
    REQUIRE_FALSE(check.diagnoses.empty());
    named += check.diagnoses[0].cause == c.cause;
    CHECK(check.diagnoses[0].cause == c.cause);
    if (c.cause != Cause::detached) CHECK(check.diagnoses[0].at.find("gradcheck_faults_test.cpp:") == 0);
  }
  REQUIRE(faults >= 12);
  REQUIRE(caught == faults);
  REQUIRE(named == faults);
}
