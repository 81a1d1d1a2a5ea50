// Tapes and threads: two tapes in two threads, and one tape with several.
#include <thread>

#include "autograd/ops.h"
#include "autograd/random.h"
#include "autograd/tape.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

Tensor random_values(const Shape& shape, const char* purpose) {
  Tensor t(shape);
  Random random(1, purpose);
  for (Real& x : t.values()) x = static_cast<Real>(random.normal());
  return t;
}

// Two layers, wide enough that every op uses several threads; shared by all tapes, which only read it.
struct Layers {
  Parameter a{"a", random_values({96, 200}, "a")}, b{"b", random_values({200, 40}, "b")};
  Parameter x{"x", random_values({150, 96}, "x")};

  // The gradients of a, b and x after some steps that clear the tape and add up.
  std::vector<Tensor> run(int threads, int steps) {
    Tape t({&a, &b, &x}, threads);
    for (int step = 0; step < steps; ++step) {
      t.clear();
      const Scope scope(t, "layers");
      const Var hidden = t.name(gelu_tanh(matmul(t.leaf(x), t.leaf(a))), "hidden");
      t.backward(mean(square(softmax(matmul(hidden, t.leaf(b))))) + sum(hidden) * 1e-3);
    }
    return {t.grad(a), t.grad(b), t.grad(x)};
  }
};

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_bits);
}

}  // namespace

TEST_CASE("two tapes in two threads do not know of each other") {
  Layers layers;
  const std::vector<Tensor> alone = layers.run(1, 3);
  std::vector<Tensor> first, second;
  std::thread one([&] { first = layers.run(2, 3); }), two([&] { second = layers.run(2, 3); });
  one.join();
  two.join();
  REQUIRE(same(first, alone));
  REQUIRE(same(second, alone));
}

TEST_CASE("one, two, four and eight threads give the same bits") {
  Layers layers;
  const std::vector<Tensor> alone = layers.run(1, 2);
  for (const int threads : {2, 4, 8}) {
    INFO(threads << " threads");
    REQUIRE(same(layers.run(threads, 2), alone));
  }
}
