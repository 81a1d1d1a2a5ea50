// Data sets of no element, and of one.
#include "autograd/error.h"
#include "model/cnn.h"
#include "model/data/glyphs.h"
#include "model/data/load_text.h"
#include "model/data/orchard.h"
#include "model/gpt.h"
#include "model/text/windows.h"
#include "tests/catch.h"
#include "tests/model/files/temporary_folder.h"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("no image, and one") {
  const Images none = make_glyphs(1, 0), one = make_glyphs(1, 1);
  REQUIRE(none.size() == 0);
  REQUIRE(none.pixels.shape() == Shape{0, 1, 28, 28});
  REQUIRE(image_range(none, 0, 0).size() == 0);
  REQUIRE(image_range(one, 1, 1).size() == 0);
  REQUIRE_THROWS_AS(image_range(none, 0, 1), Error);
  REQUIRE_THROWS_WITH(image_batch(none, 1, 0, 0),
                      "images: expected a batch of at least 1 from at least 1 image, got 1 from 0");
  const Images three = image_batch(one, 3, 0, 5);  // the same one, three epochs
  REQUIRE(three.labels == std::vector<Index>(3, one.labels[0]));

  TinyCnn cnn({.channels1 = 1, .channels2 = 1, .hidden = 1});
  cnn.initialize(1);
  REQUIRE_THROWS_WITH(accuracy(cnn, none), "confusion: expected at least one image, got none");
  const double score = accuracy(cnn, one);
  REQUIRE((score == 0 || score == 1));
}

TEST_CASE("no token, and one") {
  const std::vector<Index> none, one = {2};
  REQUIRE(split_tokens(none).train.empty());
  REQUIRE(split_tokens(one).train.empty());
  REQUIRE(split_tokens(one).validation == one);
  REQUIRE_THROWS_AS(text_batch(none, 1, 1, 0, 0), Error);
  REQUIRE_THROWS_AS(text_batch(one, 1, 1, 0, 0), Error);
  REQUIRE_THROWS_AS(text_windows(none, 4), Error);
  REQUIRE_THROWS_AS(text_windows(one, 4), Error);
  TinyGpt gpt({.vocab_size = 3, .block_size = 4, .n_layer = 1, .n_head = 1, .n_embd = 2});
  gpt.initialize(1);
  REQUIRE_THROWS_AS(mean_loss(gpt, none), Error);
  REQUIRE_THROWS_AS(mean_loss(gpt, one), Error);
  REQUIRE_THROWS_AS(generate(gpt, none, 1, {}), InputError);
  REQUIRE(generate(gpt, one, 0, {}) == one);
  REQUIRE(make_orchard(1, 0).ids().empty());
  REQUIRE(!parse_orchard(none).belongs);
  REQUIRE(orchard_tokenizer()->decode(none).empty());

  const TemporaryFolder folder;
  const TextData letter = load_text_data(folder.file("a", "a"), 0);
  REQUIRE(letter.tokenizer->size() == 1);
  REQUIRE(letter.train.empty());
  REQUIRE(letter.validation == std::vector<Index>{0});
}
