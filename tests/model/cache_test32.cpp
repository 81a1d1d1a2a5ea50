// Keys and values that are kept while a text grows: the same logits and the same text as without them.
#include <algorithm>
#include <cmath>

#include "model/gpt.h"
#include "nn/init.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

namespace {

constexpr GptConfig tiny_gpt{.vocab_size = 7, .block_size = 5, .n_layer = 2, .n_head = 2, .n_embd = 8};
constexpr GptConfig larger_gpt{.vocab_size = 65, .block_size = 80, .n_layer = 3, .n_head = 4, .n_embd = 48};

// Weights large enough that every position matters, and that the likeliest token changes.
void spread(TinyGpt& gpt) {
  for (Parameter* p : gpt.parameters()) fill_normal(*p, p->name().find("ln_") != std::string::npos ? 1 : 0, 0.3, 5);
}

}  // namespace

// Not bit for bit, except in tiny models: Eigen's kernel adds up q k^T in another order in the last columns, and which
// are the last depends on how long the text is.
TEST_CASE("a text that grows through a cache has the logits of the whole text at once") {
  for (const GptConfig& c : {tiny_gpt, larger_gpt}) {
    TinyGpt gpt(c);
    spread(gpt);
    std::vector<Index> text;
    for (Index i = 0; i < c.block_size; ++i) text.push_back((i * i + 3) % c.vocab_size);
    Tape whole, part;
    GptCache cache(c);
    double worst = 0, largest = 0;
    while (cache.length < c.block_size) {
      const Index from = cache.length,
                  to = from == 0 ? 2 : from + 1 + (from == 2);  // a prompt of 2, 2 more, 1 more ...
      whole.clear();
      part.clear();
      const Var all = gpt(whole, {{1, to}, {text.begin(), text.begin() + to}});
      const Var last = gpt(part, {{1, to - from}, {text.begin() + from, text.begin() + to}}, cache);
      REQUIRE(cache.length == to);
      REQUIRE(last.shape() == Shape{1, to - from, c.vocab_size});
      for (Index i = 0; i < last.value().size(); ++i) {
        const double a = static_cast<double>(all.value()[from * c.vocab_size + i]);
        worst = std::max(worst, std::abs(a - static_cast<double>(last.value()[i])));
        largest = std::max(largest, std::abs(a));
      }
    }
    CHECK(worst <= 4e-6 * largest);  // 64 roundings of float
  }
}

TEST_CASE("generation writes what the whole text, or its last block_size tokens, predict at each step") {
  for (const GptConfig& c : {tiny_gpt, larger_gpt})
    for (const Index prompt_size : {Index{2}, c.block_size, c.block_size + 3}) {
      TinyGpt gpt(c);
      spread(gpt);
      std::vector<Index> prompt, text;
      for (Index i = 0; i < prompt_size; ++i) prompt.push_back((i * i + 3) % c.vocab_size);
      text = prompt;
      Tape t;
      const int count = static_cast<int>(c.block_size) + 10;
      for (int i = 0; i < count; ++i) {
        t.clear();
        const Index T = std::min<Index>(c.block_size, static_cast<Index>(text.size()));
        const Var logits = gpt(t, {{1, T}, {text.end() - T, text.end()}});
        const auto last = logits.value().values().last(static_cast<std::size_t>(c.vocab_size));
        text.push_back(std::max_element(last.begin(), last.end()) - last.begin());
      }
      CHECK(generate(gpt, prompt, count, {.temperature = 0}) == text);
    }
}

TEST_CASE("a cache holds one text of at most the context") {
  TinyGpt gpt(tiny_gpt);
  gpt.initialize(1);
  Tape t;
  GptCache cache(tiny_gpt), other({.n_layer = 3});
  gpt(t, {{1, 4}, {0, 1, 2, 3}}, cache);
  REQUIRE_THROWS_WITH(gpt(t, {{1, 2}, {0, 0}}, cache),
                      Contains("TinyGpt: expected embeddings (B, T, 8) with T at most 1, got (1, 2, 8)"));
  REQUIRE_THROWS_WITH(
      gpt(t, {{2, 1}, {0, 0}}, cache),
      Contains("TinyGpt: expected tokens (1, T) and a cache of 2 layers, got (2, 1) and 2, at cache_test32.cpp:"));
  REQUIRE_THROWS_WITH(gpt(t, {{1, 1}, {0}}, other), Contains("got (1, 1) and 3"));
  KeyValueCache& layer = cache.layers[0];
  const Var x = t.constant(Tensor::zeros({1, 2, 8}));
  REQUIRE_THROWS_WITH(
      gpt.h[0].attn(x, &layer),
      "CausalSelfAttention: expected x (1, T, C) that continues 4 positions in a cache of (1, 5, 8), got (1, 2, 8)");
}
