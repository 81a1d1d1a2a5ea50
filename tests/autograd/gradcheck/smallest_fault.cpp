// smallest_fault [BOUND]: how small a fault of one gradient element each op's check still finds. Of each argument of each
// op the element with the largest gradient is multiplied by 1 + e, with e = 1/2, 1/4, ...: printed is the smallest e that
// the check finds, of the op's worst argument. Ends with status 1 where one is above the bound.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "autograd/gradcheck/gradcheck.h"
#include "autograd/op.h"
#include "autograd/random.h"
#include "maximize/app/double/op_checks.h"

using namespace gradus;

namespace {

// y = x, with one element of the gradient times `factor`.
struct Faulty final : Node {
  Index element = 0;
  double factor = 1;
  const char* op() const override { return "faulty copy"; }
  const char* formula() const override { return "y = x"; }
  const char* derivative() const override { return "dL/dx = G, but for a fault"; }
  void forward() override {
    for (Index i = 0; i < value.size(); ++i) value[i] = in(0)[i];
  }
  void backward() override {
    accumulate(0, [&](Index i) { return i == element ? factor * grad[i] : grad[i]; });
  }
};

Var faulty_copy(Var x, Index element, double factor) {
  const Inputs in("faulty copy", {x});
  Faulty& n = in.make<Faulty>(x.shape());
  n.element = element;
  n.factor = factor;
  return in.run(n);
}

struct Arguments {
  std::vector<std::unique_ptr<Parameter>> owned;
  Parameters list;
};

bool passes(const app::OpCheck& op, const Arguments& a, std::size_t wrong, Index element, double factor) {
  const auto function = [&](Tape& t) {
    std::vector<Var> v;
    for (std::size_t k = 0; k < a.list.size(); ++k)
      v.push_back(k == wrong && factor != 1 ? faulty_copy(t.leaf(*a.list[k]), element, factor) : t.leaf(*a.list[k]));
    return op.function(v);
  };
  return gradcheck(function, a.list).passed;
}

}  // namespace

int main(int count, char** arguments) {
  const double bound = count > 1 ? std::atof(arguments[1]) : 1;
  std::vector<double> all;
  for (const app::OpCheck& op : app::op_checks()) {
    Arguments a;
    for (const app::Argument& argument : op.arguments) {
      a.owned.push_back(std::make_unique<Parameter>(argument.name, argument.shape));
      a.list.push_back(a.owned.back().get());
      Random random(0, std::string("gradcheck.") + op.op + "." + argument.name);
      for (Real& x : a.owned.back()->mutable_value().values()) x = random.uniform(argument.low, argument.high);
    }
    const auto function = [&](Tape& t) {
      std::vector<Var> v;
      for (const Parameter* p : a.list) v.push_back(t.leaf(*p));
      return op.function(v);
    };
    const Gradcheck right = gradcheck(function, a.list);
    double worst = 0;
    for (std::size_t k = 0; k < a.list.size(); ++k) {
      const GradcheckRow* largest = nullptr;
      for (const GradcheckRow& row : right.rows)
        if (row.parameter == a.list[k]->name() && (!largest || std::abs(row.analytic) > std::abs(largest->analytic)))
          largest = &row;
      double smallest = 1;  // found at this one, and not at the next
      while (smallest > 1e-16 && !passes(op, a, k, largest->index, 1 + smallest / 2)) smallest /= 2;
      worst = std::max(worst, smallest);
    }
    std::printf("%-24s %9.1e%s\n", op.op, worst, right.passed ? "" : "  FAILED");
    all.push_back(worst);
  }
  std::sort(all.begin(), all.end());
  std::printf("%zu ops: median %.1e, largest %.1e\n", all.size(), all[all.size() / 2], all.back());
  return all.back() <= bound ? 0 : 1;
}
