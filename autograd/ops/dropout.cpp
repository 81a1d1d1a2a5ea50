// Dropout (Srivastava et al. 2014), scaled in training so that evaluation is the identity.
#include <cstring>
#include <string>

#include "autograd/kernels/eigen_view.h"
#include "autograd/op.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// y_i = m_i x_i, where m_i = 0 with probability p, else 1 / (1 - p): the expected value of y is x.
struct DropoutOp final : Node {
  double p = 0;
  Tensor mask;  // m
  const char* op() const override { return "dropout"; }
  const char* formula() const override { return "y = m * x, m = 0 with probability p, else 1 / (1 - p)"; }
  const char* derivative() const override { return "dL/dx = G * m"; }

  // How many dropouts were recorded before this one in its scope: two in one scope draw different masks, and a mask
  // does not change when some other op is put into the scope.
  int number() const {
    int before = 0;
    for (const Node* n : tape->nodes().first(index)) before += n->scope == scope && std::strcmp(n->op(), op()) == 0;
    return before;
  }

  // The stream of numbers is named by seed, scope, number and step; each piece of the values has one of its own, begun
  // by the stream's first number, so that the pieces can be drawn at the same time.
  void draw_mask() {
    mask = scratch(value.shape());
    const std::string purpose = "dropout." + tape->scope_path(scope) + "." + std::to_string(number());
    const std::uint64_t first = Random(tape->dropout_seed(), purpose, tape->dropout_step()).bits();
    const Real kept = p == 1 ? 0 : static_cast<Real>(1 / (1 - p));
    const auto limit = static_cast<std::uint64_t>(p * 0x1p32);  // 32 random bits are below it with probability p
    parallel_pieces(threads(), mask.size(), [&](Index begin, Index n) {
      Random random(first, "piece", static_cast<std::uint64_t>(begin));
      for (Index i = begin; i < begin + n; i += 2) {  // 64 bits decide for two values
        const std::uint64_t bits = random.bits();
        mask[i] = static_cast<std::uint32_t>(bits) < limit ? 0 : kept;
        if (i + 1 < begin + n) mask[i + 1] = static_cast<std::uint32_t>(bits >> 32) < limit ? 0 : kept;
      }
    });
  }

  void forward() override {
    if (mask.shape() != value.shape()) draw_mask();
    assign(value, false, threads(), array(mask) * array(in(0)));
  }

  // dy/dx = m
  void backward() override { accumulate(0, array(grad) * array(mask)); }
};

}  // namespace

Var dropout(Operand x, double p) {
  const Inputs in("dropout", {x});
  if (!(p >= 0 && p <= 1)) in.fail("expected a probability p with 0 <= p <= 1, got " + number(p));
  if (!x.var.tape().dropout_enabled() || p == 0) return x.var;
  DropoutOp& n = in.make<DropoutOp>(in.shape(0));
  n.p = p;
  return in.run(n);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
