// What is right passes, and is not accused: a check that cries wolf is soon switched off.
#include <cmath>
#include <vector>

#include "autograd/ops.h"
#include "tests/autograd/exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("no op that is right is accused when a check fails for another reason") {
  Parameter x("x", Tensor(Shape{2, 4, 6})), w("w", Tensor(Shape{6})), k("k", Tensor(Shape{2, 2, 3, 2})),
      b("b", Tensor(Shape{6}));
  double next = 0;
  for (Parameter* p : {&x, &w, &k, &b})
    for (Real& v : p->mutable_value().values()) v = std::sin(++next * 1.7) * 1.5;
  const std::vector<Index> targets = {1, 0, 5, 2, 3, 3, 4, 0};
  const auto text = [&](Tape& t) {
    const Var y = layer_norm(t.leaf(x), t.leaf(w), t.leaf(b));
    const Var z = gelu(causal_attention(y, y * 0.5, relu(y), 2)) + y;
    return cross_entropy(log_softmax(z, 1) / (1 + square(z)), targets);
  };
  const auto image = [&](Tape& t) {
    const Var y = conv2d(reshape(t.leaf(x), {1, 2, 4, 6}), t.leaf(k), slice(t.leaf(b), 0, 0, 2), 1, 1);
    return concat({max_pool2d(y, 2), abs(avg_pool2d(y, 2))}, 1) * mean(maximum(y, -y));
  };
  GradcheckOptions options;
  options.zero_gradients = {"x"};  // it is not, so that the check fails
  for (const Gradcheck& check : {gradcheck(text, {&x, &w, &b}, options), gradcheck(image, {&x, &k, &b}, options)}) {
    INFO(check.report());
    REQUIRE(check.failures.size() == 2);  // the tape and the differences both say so
    REQUIRE(check.diagnoses.empty());
  }
}
