#include "nn/modules.h"

#include <cmath>

#include "autograd/error.h"
#include "autograd/gradcheck/gradcheck.h"
#include "autograd/random.h"
#include "nn/init.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

Tensor random_tensor(const Shape& shape, std::uint64_t seed) {
  Tensor t(shape);
  Random random(seed, "test");
  for (Real& x : t.values()) x = random.normal();
  return t;
}

void randomize(const Parameters& parameters) {
  for (Parameter* p : parameters) fill_normal(*p, 0, 0.5, 7);
}

}  // namespace

TEST_CASE("Linear in both layouts, by hand") {
  Linear pytorch("fc", 2, 3), gpt2("fc", 2, 3, Linear::Layout::in_out);
  REQUIRE(pytorch.weight.shape() == Shape{3, 2});
  REQUIRE(gpt2.weight.shape() == Shape{2, 3});
  pytorch.weight.mutable_value() = Tensor({3, 2}, {1, 2, 3, 4, 5, 6});
  gpt2.weight.mutable_value() = Tensor({2, 3}, {1, 3, 5, 2, 4, 6});
  for (Linear* l : {&pytorch, &gpt2}) {
    l->bias.mutable_value() = Tensor({3}, {10, 20, 30});
    Tape t;
    REQUIRE((*l)(t.constant(Tensor({1, 2}, {1, -1}))).value().str() == "(1, 3) [9, 19, 29]");
  }
}

TEST_CASE("parameters are listed by their dotted names, as GPT-2's checkpoints have them") {
  Block block("h.0", 8, 2, 0);
  std::string names;
  for (const Parameter* p : block.parameters()) names += p->name() + " ";
  REQUIRE(
      names ==
      "h.0.ln_1.weight h.0.ln_1.bias h.0.attn.c_attn.weight h.0.attn.c_attn.bias h.0.attn.c_proj.weight h.0.attn.c_proj.bias h.0.ln_2.weight h.0.ln_2.bias h.0.mlp.c_fc.weight h.0.mlp.c_fc.bias h.0.mlp.c_proj.weight h.0.mlp.c_proj.bias ");
  REQUIRE(count_values(block.parameters()) == 12 * 8 * 8 + 13 * 8);
}

TEST_CASE("a block names its activations, and its gradients are right") {
  Block block("h.0", 6, 2, 0);
  randomize(block.parameters());
  Parameter x("x", random_tensor({2, 3, 6}, 1));
  Tape t;
  block(t.leaf(x));
  REQUIRE(t.addresses() == std::vector<std::string>{"h.0.attn.heads", "h.0.attn.out", "h.0.resid_mid", "h.0.mlp.act",
                                                    "h.0.mlp.out", "h.0.resid"});
  REQUIRE(t.find("h.0.mlp.act").shape() == Shape{2, 3, 24});
  const Gradcheck check = gradcheck([&](Tape& tape) { return block(tape.leaf(x)); }, join({{&x}, block.parameters()}));
  INFO(check.report());
  REQUIRE(check.passed);
}

TEST_CASE("attention with its pattern named computes what the fused op does, values and gradients") {
  CausalSelfAttention attn("attn", 6, 2, 0);
  randomize(attn.parameters());
  Parameter x("x", random_tensor({2, 4, 6}, 2));
  const Tensor cotangent = random_tensor({2, 4, 6}, 3);
  Tape fused({&x}), named({&x});
  named.want("attn.pattern");
  const Var y = attn(fused.leaf(x)), z = attn(named.leaf(x));
  const Var pattern = named.find("attn.pattern");
  REQUIRE(pattern.shape() == Shape{2, 2, 4, 4});
  for (Index row = 0; row < 16; ++row) {  // each row a distribution over the positions so far
    double sum = 0;
    for (Index s = 0; s < 4; ++s) {
      sum += pattern.value()[row * 4 + s];
      if (s > row % 4) REQUIRE(pattern.value()[row * 4 + s] == 0);
    }
    REQUIRE(sum == Approx(1));
  }
  fused.backward(y, cotangent);
  named.backward(z, cotangent);
  for (Index i = 0; i < y.value().size(); ++i) {
    REQUIRE(z.value()[i] == Approx(y.value()[i]).margin(1e-12));
    REQUIRE(named.grad(x)[i] == Approx(fused.grad(x)[i]).margin(1e-12));
  }
  REQUIRE_THROWS_WITH(fused.find("attn.pattern"), Contains("nothing on this tape is named"));
}

TEST_CASE("an attention pattern can be replaced by a hook") {
  struct Uniform final : Hook {
    Var at(const std::string& address, Var x) override {
      return address == "attn.pattern" ? x.tape().constant(Tensor::full(x.shape(), 0.25)) : x;
    }
    bool wants(const std::string& address) override { return address == "attn.pattern"; }
  } hook;
  CausalSelfAttention attn("attn", 6, 2, 0);
  randomize(attn.parameters());
  Tape t;
  t.set_hook(&hook);
  attn(t.constant(random_tensor({1, 4, 6}, 2)));
  const Tensor& heads = t.find("attn.heads").value();  // every position now has the same mean of the values
  for (Index i = 0; i < 6; ++i) REQUIRE(heads[i] == Approx(heads[18 + i]));
}

TEST_CASE("modules check what they are given") {
  Tape t;
  const Linear fc("fc", 2, 3);
  REQUIRE_THROWS_WITH(fc(t.constant(Tensor::zeros({1, 3}))), Contains("in fc, at modules_test.cpp:"));
  CausalSelfAttention attn("attn", 6, 2, 0);
  REQUIRE_THROWS_AS(attn(t.constant(Tensor::zeros({2, 3, 5}))), Error);
}

TEST_CASE("PyTorch's default initialization: uniform within one over the root of the fan-in") {
  Conv2d conv("conv", 3, 16, 5);
  init_pytorch(conv, 1);
  const double bound = 1 / std::sqrt(75.0);
  double most = 0, squares = 0;
  for (const Real x : conv.weight.value().values()) most = std::max(most, std::abs(x)), squares += x * x;
  REQUIRE(most <= bound);
  REQUIRE(most > 0.98 * bound);
  REQUIRE(squares / 1200 == Approx(bound * bound / 3).epsilon(0.08));
  for (const Real x : conv.bias.value().values()) REQUIRE(std::abs(x) <= bound);

  Conv2d again("conv", 3, 16, 5), other("other", 3, 16, 5);
  init_pytorch(again, 1);
  init_pytorch(other, 1);
  REQUIRE(same_bits(conv.weight.value(), again.weight.value()));
  REQUIRE_FALSE(same_bits(conv.weight.value(), other.weight.value()));
}

TEST_CASE("GPT-2's initialization: 0.02, and less for what goes into the residual stream") {
  Block block("h.0", 64, 4, 0);
  init_gpt2(block.parameters(), 8, 1);
  const auto deviation = [](const Parameter& p) {
    double squares = 0;
    for (const Real x : p.value().values()) squares += x * x;
    return std::sqrt(squares / static_cast<double>(p.value().size()));
  };
  REQUIRE(deviation(block.mlp.c_fc.weight) == Approx(0.02).epsilon(0.03));
  REQUIRE(deviation(block.mlp.c_proj.weight) == Approx(0.005).epsilon(0.03));
  REQUIRE(deviation(block.attn.c_proj.weight) == Approx(0.005).epsilon(0.05));
  REQUIRE(block.ln_1.weight.value()[5] == 1);
  REQUIRE(block.mlp.c_fc.bias.value()[5] == 0);
}

TEST_CASE("an embedding looks rows up, and dropout is off unless the recording turns it on") {
  Embedding table("wte", 3, 2);
  table.weight.mutable_value() = Tensor({3, 2}, {1, 2, 3, 4, 5, 6});
  Tape t;
  REQUIRE(table(t, {{1, 2}, {2, 0}}).value().str() == "(1, 2, 2) [5, 6, 1, 2]");
  const Var x = t.constant(Tensor::full({1000}, 1));
  REQUIRE(&Dropout(0.25)(x).node() == &x.node());
  t.enable_dropout(1, 0);
  const Var y = Dropout(0.25)(x);
  int kept = 0;
  for (const Real v : y.value().values()) {
    REQUIRE((v == 0 || v == Approx(4.0 / 3)));
    kept += v != 0;
  }
  REQUIRE(kept > 695);  // 750 expected, standard deviation 13.7
  REQUIRE(kept < 805);
}

TEST_CASE("the hash of parameters changes with a value and with a name") {
  Parameter a("a", Tensor({2}, {1, 2})), b("b", Tensor({2}, {1, 2}));
  const std::uint64_t before = hash(Parameters{&a});
  REQUIRE(before != hash(Parameters{&b}));
  a.mutable_value()[1] = 3;
  REQUIRE(before != hash(Parameters{&a}));
}
