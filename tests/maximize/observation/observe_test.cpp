// Units at a place, attention's weights as units, and observation at the edges of its data.
#include <limits>

#include "maximize/observation/observe.h"
#include "maximize/parametrizations/embeddings.h"
#include "maximize/searches/image_search.h"
#include "model/cnn.h"
#include "model/gpt.h"
#include "nn/init.h"
#include "tests/autograd/check.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

constexpr GptConfig tiny_gpt{.vocab_size = 7, .block_size = 5, .n_layer = 2, .n_head = 2, .n_embd = 8};

// One batch, two heads, three tokens. Row t: the weights of query t.
Tensor pattern() {
  return {{1, 2, 3, 3}, {1, 0, 0, .3, .7, 0, .2, .5, .3, 1, 0, 0, .6, .4, 0, .1, .8, .1}};
}

std::string values(const Tensor& x, const char* unit) {
  Tape t;
  return unit_values(t.constant(x), Unit::parse(unit)).value().str();
}

TinyGpt& gpt() {
  static TinyGpt model(tiny_gpt);
  model.initialize(1);
  for (Parameter* p : model.parameters())
    if (p->name().find("attn") != std::string::npos) fill_normal(*p, 0, 1, 2);  // patterns that are not flat
  return model;
}

const std::vector<Index> text = {0, 3, 6, 1, 1, 2, 5, 4, 0, 6, 2, 3, 3};  // two windows of five and one of three

}  // namespace

TEST_CASE("a unit's place is read and written") {
  for (const char* good : {"conv2.relu:5,3,4", "h.1.mlp.act:37,2", "h.1.mlp.act:37,last", "h.1.attn.pattern:2,4,3",
                           "h.1.attn.pattern:2,previous", "a:0,first", "a:0,self"})
    REQUIRE(Unit::parse(good).str() == good);
  for (const char* bad : {"a:1,", "a:,1", "a:1,2,3,4", "a:1,next", "a:previous", "a:1,previous,2", "a:1,-1", "a:1, 2"})
    REQUIRE_THROWS_WITH(Unit::parse(bad), Contains("then perhaps a place, such as 'h.1.mlp.act:37,last', got '" +
                                                   std::string(bad) + "'"));
}

TEST_CASE("attention's weights as units: one of them, on the previous token, on the first, on itself") {
  REQUIRE(values(pattern(), "h.0.attn.pattern:1,2,1") == "(1, 1) [0.8]");
  REQUIRE(values(pattern(), "h.0.attn.pattern:0,previous") == "(1, 2) [0.3, 0.5]");
  REQUIRE(values(pattern(), "h.0.attn.pattern:1,first") == "(1, 3) [1, 0.6, 0.1]");
  REQUIRE(values(pattern(), "h.0.attn.pattern:1,self") == "(1, 3) [1, 0.4, 0.1]");
  Parameter p("pattern", random_tensor({2, 2, 3, 3}, 1));
  for (const char* unit : {"pattern:1,2,1", "pattern:0,previous", "pattern:1,first", "pattern:0,self"})
    require_gradient([&](Tape& t) { return sample_values(t.leaf(p), Unit::parse(unit)); }, {&p});
}

TEST_CASE(
    "a head alone, a key in the future, a word for another kind of activation: each is refused with what is allowed") {
  const auto refused = [](const Tensor& x, const char* unit, const char* why) {
    REQUIRE_THROWS_WITH(values(x, unit), why + (", got '" + std::string(unit) + "'"));
  };
  const char* allowed =
      "unit: 'h.0.attn.pattern' is attention's weights: expected HEAD,previous, HEAD,first or HEAD,self (the weight on the token before, on the first, on itself), or HEAD,QUERY,KEY with KEY at most QUERY";
  for (const char* unit :
       {"h.0.attn.pattern:0", "h.0.attn.pattern:0,1,2", "h.0.attn.pattern:0,last", "h.0.attn.pattern:0,1"})
    refused(pattern(), unit, allowed);
  refused(pattern(), "h.0.attn.pattern:2,self", "unit: 'h.0.attn.pattern' has heads 0 to 1");
  refused(pattern(), "h.0.attn.pattern:0,3,1", "unit: 'h.0.attn.pattern' has queries 0 to 2");
  refused(Tensor({1, 2, 1, 1}, {1, 1}), "h.0.attn.pattern:0,previous",
          "unit: expected a text of two tokens or more for the weight on the previous one");
  refused(Tensor::zeros({1, 3, 2, 2}), "conv:0,first",
          "unit: expected INDEX or INDEX,ROW,COLUMN at 'conv' (1, 3, 2, 2)");
  refused(Tensor::zeros({1, 3, 2, 2}), "conv:0,1", "unit: expected INDEX or INDEX,ROW,COLUMN at 'conv' (1, 3, 2, 2)");
  refused(Tensor::zeros({1, 3, 2}), "act:0,self", "unit: expected INDEX, INDEX,TOKEN or INDEX,last at 'act' (1, 3, 2)");
  refused(Tensor::zeros({1, 3, 2}), "act:0,3", "unit: 'act' has tokens 0 to 2");
  refused(Tensor::zeros({1, 3}), "fc:0,0", "unit: expected INDEX alone at 'fc' (1, 3)");
}

TEST_CASE("an activation of every rank is a unit or is refused") {
  REQUIRE(values(Tensor({2, 2}, {1, 2, 3, 4}), "x:1") == "(2) [2, 4]");
  REQUIRE(values(Tensor({1, 2, 2}, {1, 2, 3, 4}), "x:1") == "(1, 2) [2, 4]");
  REQUIRE(values(Tensor({1, 2, 2}, {1, 2, 3, 4}), "x:1,0") == "(1, 1) [2]");
  REQUIRE(values(Tensor({1, 2, 2}, {1, 2, 3, 4}), "x:0,last") == "(1, 1) [3]");
  REQUIRE(values(Tensor({1, 2, 1, 2}, {1, 2, 3, 5}), "x:1") == "(1) [4]");
  REQUIRE(values(Tensor({1, 2, 1, 2}, {1, 2, 3, 5}), "x:1,0,1") == "(1) [5]");
  for (const Shape& s : {Shape{}, Shape{3}, Shape{1, 2, 2, 2, 2}, Shape{1, 1, 1, 1, 2, 2}})
    REQUIRE_THROWS_WITH(
        values(Tensor::zeros(s), "x:0"),
        "unit: expected an activation (N, C), (N, C, H, W), (B, T, C) or attention's weights (B, nh, T, T) at 'x', got " +
            s.str());
}

TEST_CASE("a weight of attention is observed: a share, the same at every run, at the tokens that have it") {
  for (const char* word : {"previous", "first", "self"}) {
    const Unit unit = Unit::parse("h.1.attn.pattern:1," + std::string(word));
    const Observation seen = observe(gpt(), text, 5, unit, 100);
    REQUIRE(seen.count == (word == std::string("previous") ? 10 : 13));
    REQUIRE((seen.mean > 0 && seen.mean < 1));
    REQUIRE(seen.mean == observe(gpt(), text, 5, unit, 100).mean);
    for (const Excitation& e : seen.most) {
      // the same weight in the whole pattern of the window that the token stands in
      const Index begin = e.sample / 5 * 5, T = std::min<Index>(5, 13 - begin), q = e.sample - begin;
      REQUIRE((word != std::string("previous") || q > 0));
      const Index key = word == std::string("previous") ? q - 1 : word == std::string("first") ? 0 : q;
      Tape t;
      const Var x = gpt().wte(t, {{1, T}, {text.begin() + begin, text.begin() + begin + T}});
      REQUIRE(e.value == Approx(run_to(gpt(), x, "h.1.attn.pattern").value().at({0, 1, q, key})).epsilon(1e-12));
    }
  }
  const Observation one = observe(gpt(), text, 5, Unit::parse("h.0.attn.pattern:0,3,1"), 9);
  REQUIRE(one.count == 2);  // the last window has no token 3
  REQUIRE((one.most[0].sample == 3 || one.most[0].sample == 8));
}

TEST_CASE("a weight of attention can be raised") {
  for (const char* unit : {"h.1.attn.pattern:1,previous", "h.1.attn.pattern:0,3,1"}) {
    const Record r = maximize_embeddings(gpt(), Unit::parse(unit), {.steps = 60, .lr = 0.1, .vectors = 4},
                                         [](const Moment&) { return true; });
    REQUIRE(r.activation().back() > r.activation().front() + 0.1);
    REQUIRE(r.activation().back() <= 1);
  }
}

TEST_CASE("a text shorter than a window is observed, its units are checked first, and none is refused") {
  const std::vector<Index> three = {1, 2, 3}, nothing;
  const Observation seen = observe(gpt(), three, 5, Unit::parse("h.0.mlp.act:1"), 9);
  REQUIRE(seen.count == 3);
  Tape t;
  const Tensor act = run_to(gpt(), gpt().wte(t, {{1, 3}, three}), "h.0.mlp.act").value();
  for (const Excitation& e : seen.most) REQUIRE(e.value == act.at({0, e.sample, 1}));
  const Observation last = observe(gpt(), three, 5, Unit::parse("h.0.mlp.act:1,last"), 9);
  REQUIRE(last.count == 1);
  REQUIRE(last.most[0].sample == 2);
  REQUIRE(last.standard_deviation == 0);
  for (const std::vector<Index>& some : {three, nothing}) {
    REQUIRE_THROWS_WITH(observe(gpt(), some, 5, Unit::parse("nonsense:99999"), 9), Contains("no address 'nonsense'"));
    REQUIRE_THROWS_WITH(observe(gpt(), some, 5, Unit::parse("h.0.mlp.act:32"), 9), Contains("has channels 0 to 31"));
    REQUIRE_THROWS_WITH(observe(gpt(), some, 5, Unit::parse("h.0.mlp.act:3,5"), 9), Contains("has tokens 0 to 4"));
  }
  REQUIRE_THROWS_WITH(observe(gpt(), nothing, 5, Unit::parse("h.0.mlp.act:1"), 9),
                      "observe: expected a text of at least 1 token for h.0.mlp.act:1, got 0");
  REQUIRE_THROWS_WITH(observe(gpt(), three, 5, Unit::parse("h.0.mlp.act:1,3"), 9),
                      "observe: expected a text of at least 4 tokens for h.0.mlp.act:1,3, got 3");
  REQUIRE(observe(gpt(), std::vector<Index>{4}, 5, Unit::parse("h.0.mlp.act:1"), 9).count == 1);
}

TEST_CASE("no image, one image, and a value that is not finite") {
  TinyCnn cnn(CnnConfig{.channels1 = 2, .channels2 = 3, .hidden = 4, .classes = 3, .side = 28});
  cnn.initialize(2);
  const auto images = [](Index n) { return Images{Tensor::zeros({n, 1, 28, 28}), std::vector<Index>(n, 0), {}}; };
  const Unit unit = Unit::parse("logits:1");
  REQUIRE_THROWS_WITH(observe(cnn, images(0), unit, 5), "observe: expected at least one image, got none");
  REQUIRE_THROWS_WITH(observe(cnn, images(0), Unit::parse("logits:3"), 5), Contains("has channels 0 to 2"));
  const Observation one = observe(cnn, images(1), unit, 5);
  REQUIRE(one.count == 1);
  REQUIRE(one.most.size() == 1);
  REQUIRE(one.mean == one.most[0].value);
  REQUIRE(one.standard_deviation == 0);
  Images bad = images(3);
  bad.pixels.at({2, 0, 4, 4}) = std::numeric_limits<Real>::quiet_NaN();
  REQUIRE_THROWS_WITH(observe(cnn, bad, unit, 5), "observe: logits:1 is nan at sample 2");
  REQUIRE_THROWS_WITH(observe(cnn, text, 5, unit, 5),
                      "observe: expected a model of texts, with a table of token embeddings");
  REQUIRE_THROWS_WITH(maximize_embeddings(cnn, unit, {}, [](const Moment&) { return true; }),
                      "maximize: expected a model of texts, with a table of token embeddings");
  REQUIRE_THROWS_WITH(maximize_image(gpt(), unit, {}, [](const Moment&) { return true; }),
                      "fourier: expected a model of images (N, C, H, W), got one of inputs (1, 5, 8)");
}
