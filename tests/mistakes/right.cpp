// expect:
// What is right compiles, in every spelling.
#include <deque>
#include <iostream>
#include <vector>
#include "autograd/ops.h"
#include "nn/descend.h"
#include "nn/modules.h"
using namespace gradus;
void right() {
  Parameter w("w", {1, 2, 3}), v("v", Shape{2, 3}), u("u", Tensor({2}, {1, 2}));
  const std::vector<double> numbers = {1, 2, 3, 4};
  const std::vector<int> counts = {1, 2};
  const Tensor one({1, 2, 3}), square_({2, 2}, numbers), row(counts), scalar({}, {1.5}), empty(Shape{0, 3}),
      braces{1.5, 2};
  Tape t({}), named({&w, &v}), all(Parameters{&w}, 1), list{&w};
  Var loss = sum(square(named.leaf(w)));
  loss += 1;
  loss -= loss * 0.5;
  loss *= 2;
  loss /= 3;
  std::cout << one << loss << one.shape() << '\n';
  std::deque<Parameter> parameters;
  parameters.emplace_back("p", Shape{2});
  std::deque<Linear> layers;
  layers.emplace_back("fc", 2, 3);
  const auto objective = [&](Tape& tape, int) { return sum(square(tape.leaf(w))); };
  descend({&w}, Sgd{.lr = 0.1}, 10, objective);
  descend({&w}, Sgd{.lr = 0.1}, 10, objective, [](const Step& s) { std::cout << s.loss; });
  descend({&w}, Sgd{.lr = 0.1}, 10, objective, [](const Step& s) { return s.loss > 1; });
}
