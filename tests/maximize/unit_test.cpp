#include "maximize/unit.h"

#include <cmath>

#include "maximize/observation/decode.h"
#include "maximize/observation/observe.h"
#include "maximize/parametrizations/embeddings.h"
#include "maximize/parametrizations/pixels.h"
#include "model/cnn.h"
#include "model/data/glyphs.h"
#include "model/gpt.h"
#include "nn/init.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

Tensor three_vectors(const TinyGpt& gpt) {
  Embeddings embeddings(gpt.wte.weight, 1, 3);
  embeddings.start(1);
  return embeddings.vectors.value();
}

constexpr GptConfig tiny_gpt{.vocab_size = 7, .block_size = 5, .n_layer = 2, .n_head = 2, .n_embd = 8};

}  // namespace

TEST_CASE("a unit is an address and an index") {
  const Unit u = Unit::parse("h.1.mlp.act:37");
  REQUIRE(u.address == "h.1.mlp.act");
  REQUIRE(u.index == 37);
  REQUIRE(u.str() == "h.1.mlp.act:37");
  for (const char* bad :
       {"", "conv2", "conv2:", ":3", "conv2:-1", "conv2:3x", "conv2: 3", "conv2:99999999999999999999"})
    REQUIRE_THROWS_WITH(Unit::parse(bad),
                        "unit: expected an address and an index, such as 'conv2.relu:5', then perhaps a "
                        "place, such as 'h.1.mlp.act:37,last', got '" +
                            std::string(bad) + "'");
}

TEST_CASE("a unit's values: a channel's mean over the image, an entry, an entry a token, a direction") {
  Tape t;
  const Var images = t.constant(Tensor({2, 2, 1, 2}, {1, 3, 5, 7, 2, 4, 6, 8}));
  const Var rows = t.constant(Tensor({2, 3}, {1, 2, 3, 4, 5, 6})),
            text = t.constant(Tensor({1, 2, 3}, {1, 2, 3, 4, 5, 6}));
  REQUIRE(unit_values(images, Unit::parse("x:1")).value().str() == "(2) [6, 7]");
  REQUIRE(unit_values(rows, Unit::parse("x:2")).value().str() == "(2) [3, 6]");
  REQUIRE(unit_values(text, Unit::parse("x:0")).value().str() == "(1, 2) [1, 4]");
  REQUIRE(unit_values(text, Unit::along("x", Tensor({3}, {1, 0, -1}))).value().str() == "(1, 2) [-2, -2]");
  REQUIRE(unit_values(images, Unit::along("x", Tensor({2}, {1, -1}))).value().str() == "(2) [-4, -4]");
  REQUIRE_THROWS_WITH(unit_values(rows, Unit::parse("x:3")), "unit: 'x' has channels 0 to 2, got 'x:3'");
  REQUIRE_THROWS_WITH(unit_values(rows, Unit::along("x", Tensor({2}, {1, 1}))),
                      "unit: expected a direction of shape (3) at 'x', got (2)");
  REQUIRE_THROWS_WITH(unit_values(t.constant(1.0), Unit::parse("x:0")), Contains("expected an activation (N, C)"));
}

TEST_CASE("the model runs only as far as the unit, and to its end again afterwards") {
  TinyGpt gpt(tiny_gpt);
  gpt.initialize(1);
  Tape t;
  const Var x = t.constant(three_vectors(gpt));
  const Var act = run_to(gpt, x, "h.0.mlp.act");
  REQUIRE(act.shape() == Shape{1, 3, 32});
  REQUIRE(&t.nodes().back()->value == &act.value());  // nothing was recorded after it
  REQUIRE(t.addresses().back() == "h.0.mlp.act");
  t.clear();
  gpt(t.constant(three_vectors(gpt)));
  REQUIRE(t.addresses().back() == "logits");
  t.clear();
  REQUIRE_THROWS_WITH(
      run_to(gpt, t.constant(three_vectors(gpt)), "h.9.mlp.act"),
      Contains("the model has no address 'h.9.mlp.act'; it has: input embed h.0.attn.heads") && Contains("logits"));
}

TEST_CASE("an attention pattern is an address too: it is computed when it is asked for") {
  TinyGpt gpt(tiny_gpt);
  gpt.initialize(1);
  Tape t;
  const Var x = t.constant(three_vectors(gpt));
  REQUIRE(run_to(gpt, x, "h.1.attn.pattern").shape() == Shape{1, 2, 3, 3});
}

TEST_CASE("pixels stay in range, noise has the brightness that was asked for") {
  Tape t;
  Pixels far({1, 1, 1, 3});
  far.image.mutable_value() = Tensor({1, 1, 1, 3}, {-100, 0, 100});
  const Tensor& range = far.input(t).value();
  REQUIRE(range[0] >= 0);
  REQUIRE(range[1] == 0.5);
  REQUIRE(range[2] <= 1);
  Pixels noise({1, 1, 50, 50}, {0.3, 0.2});
  noise.start(1);
  double sum = 0;
  for (const Real p : noise.input(t).value().values()) {
    REQUIRE((p > 0.0999 && p < 0.5001));
    sum += p;
  }
  REQUIRE(sum / 2500 == Approx(0.3).margin(0.01));
  REQUIRE_THROWS_WITH(Pixels({1, 5, 8}),
                      "pixels: expected a model of images (N, C, H, W), got one of inputs (1, 5, 8)");
}

TEST_CASE("the nearest tokens by cosine, by hand") {
  const Tensor table({3, 2}, {1, 0, 0, 2, -3, 0});
  const auto near = nearest_tokens(table, Tensor({1, 2, 2}, {5, 0, 1, 1}), 2);
  REQUIRE(near.size() == 2);
  REQUIRE(near[0][0].token == 0);
  REQUIRE(near[0][0].cosine == Approx(1));
  REQUIRE(near[0][1].token == 1);
  REQUIRE(near[1][0].token == 0);  // a tie with token 1: the lower number first
  REQUIRE(near[1][0].cosine == Approx(std::sqrt(0.5)));
}

TEST_CASE("the null of the best cosine is what chance gives") {
  // Among V random directions in C dimensions a cosine is about normal(0, 1 / C); the largest of 50 is about 2.25
  // standard deviations up (the expected maximum of 50 standard normals).
  Tensor table(Shape{50, 400});
  Parameter p("table", table);
  fill_normal(p, 0, 1, 1);
  const NullCosine null = null_cosine(p.value(), 400, 1);
  REQUIRE(null.mean == Approx(2.25 / 20).epsilon(0.05));
  REQUIRE(null.standard_deviation > 0.01);
  REQUIRE(null.standard_deviation < 0.04);
}

TEST_CASE("random embeddings have the standard deviation of the table's entries") {
  Parameter p("table", Shape{100, 64});
  fill_normal(p, 0.5, 0.2, 1);
  Embeddings embeddings(p, 1, 200);
  embeddings.start(3);
  const Tensor& x = embeddings.vectors.value();
  REQUIRE(x.shape() == Shape{1, 200, 64});
  double squares = 0;
  for (const Real v : x.values()) squares += v * v;
  REQUIRE(std::sqrt(squares / 12800) == Approx(0.2).epsilon(0.03));
}

TEST_CASE("observation finds the samples that excite a unit most and least") {
  TinyCnn cnn(CnnConfig{.channels1 = 2, .channels2 = 3, .hidden = 4});
  cnn.initialize(2);
  const Images images = make_glyphs(1, 300);  // more than one batch
  const Unit unit = Unit::parse("conv1.relu:1");
  const Observation seen = observe(cnn, images, unit, 5);
  REQUIRE(seen.count == 300);
  REQUIRE(seen.most.size() == 5);
  double sum = 0;
  std::vector<double> values;
  for (Index i = 0; i < 300; ++i) {
    Tape t;
    values.push_back(activation(cnn, t.constant(image_range(images, i, i + 1).pixels), unit).item());
    sum += values.back();
  }
  REQUIRE(seen.mean == Approx(sum / 300));
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < 5; ++i) {
    REQUIRE(seen.most[i].value == Approx(sorted[299 - i]).epsilon(1e-12));
    REQUIRE(seen.least[i].value == Approx(sorted[i]).epsilon(1e-12));
    REQUIRE(values[seen.most[i].sample] == Approx(seen.most[i].value).epsilon(1e-12));
  }
}

TEST_CASE("observation of a text has a value a token, in windows side by side") {
  TinyGpt gpt(tiny_gpt);
  gpt.initialize(1);
  std::vector<Index> text;
  for (Index i = 0; i < 23; ++i) text.push_back(i * i % 7);
  const Observation seen = observe(gpt, text, 5, Unit::parse("h.1.resid:3"), 100);
  REQUIRE(seen.count == 23);  // four windows of five, and one of three
  REQUIRE(seen.most.size() == 23);
  Tape t;
  const Var x = gpt.wte(t, {{1, 5}, {text.begin() + 10, text.begin() + 15}});
  const Var resid = run_to(gpt, x, "h.1.resid");
  for (const Excitation& e : seen.most)
    if (e.sample == 12) REQUIRE(e.value == resid.value().at({0, 2, 3}));
}
