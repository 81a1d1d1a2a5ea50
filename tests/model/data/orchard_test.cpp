#include "model/data/orchard.h"

#include <algorithm>
#include <map>
#include <set>

#include "autograd/error.h"
#include "autograd/random.h"
#include "tests/catch.h"

using namespace gradus;

namespace {

using Ids = std::vector<Index>;

const OrchardWord& word(Index id) {
  return orchard_vocabulary()[id];
}

OrchardVerdict parse(std::string_view text) {
  return parse_orchard(orchard_tokenizer()->encode(text));
}

std::vector<Ids> sentences_of(const OrchardCorpus& corpus) {
  const Ids ids = corpus.ids();
  std::vector<Ids> sentences;
  for (std::size_t i = 0; i < corpus.starts.size(); ++i) {
    const Index end = i + 1 < corpus.starts.size() ? corpus.starts[i + 1] : std::ssize(ids);
    sentences.emplace_back(ids.begin() + corpus.starts[i], ids.begin() + end);
  }
  return sentences;
}

// The form of the same lemma with this tense and number.
Index form(Index id, Tense tense, Number number) {
  for (Index other = 0; other < std::ssize(orchard_vocabulary()); ++other)
    if (word(other).lemma == word(id).lemma && word(other).tense == tense && word(other).number == number) return other;
  FAIL("no such form of " << word(id).text);
  return -1;
}

Number opposite(Number number) {
  return number == Number::singular ? Number::plural : Number::singular;
}

// One letter a token: what is known of it where it stands.
std::string letters(const OrchardVerdict& verdict, char (*letter)(const OrchardToken&)) {
  std::string text;
  for (const OrchardToken& token : verdict.tokens) text += letter(token);
  return text;
}

}  // namespace

TEST_CASE("Orchard's vocabulary is small, and each feature has several lemmas") {
  const auto words = orchard_vocabulary();
  REQUIRE(words.size() == 126);
  std::map<Category, std::set<std::string>> nouns;
  std::map<std::string, std::set<std::string>> verbs;
  std::map<std::pair<Category, Number>, int> forms;
  for (Index id = 0; id < std::ssize(words); ++id) {
    REQUIRE(orchard_id(word(id).text) == id);  // so all are distinct
    if (word(id).part == PartOfSpeech::noun) {
      nouns[word(id).category].insert(word(id).lemma);
      ++forms[{word(id).category, word(id).number}];
    } else {
      REQUIRE(word(id).category == Category::none);
    }
    if (word(id).part == PartOfSpeech::verb) verbs[word(id).lemma].insert(word(id).text);
  }
  for (const Category c : {Category::fruit, Category::animal, Category::tool, Category::person}) {
    REQUIRE(nouns[c].size() == 8);
    REQUIRE(forms[{c, Number::singular}] == 8);
    REQUIRE(forms[{c, Number::plural}] == 8);
  }
  REQUIRE(verbs.size() == 12);
  for (const auto& [lemma, its_forms] : verbs) REQUIRE(its_forms.size() == 3);
  REQUIRE(verbs["eat"] == std::set<std::string>{"eat", "eats", "ate"});
  REQUIRE(word(orchard_id("ate")).tense == Tense::past);
  REQUIRE(word(orchard_id("apple")).category == Category::fruit);
  REQUIRE(word(orchard_id("bananas")).lemma == "banana");
  REQUIRE(word(orchard_id("bananas")).number == Number::plural);
  REQUIRE(orchard_id("<bos>") == 0);
  REQUIRE(orchard_id(".") == 1);
}

TEST_CASE("words become ids and ids become words") {
  const Tokenizer& words = *orchard_tokenizer();
  REQUIRE(words.size() == 126);
  REQUIRE(words.decode(words.encode("<bos> the girl ate .")) == "<bos> the girl ate .");
  REQUIRE(words.encode("").empty());
  REQUIRE(words.token(words.start()) == "<bos>");
  REQUIRE_THROWS_AS(orchard_id("aple"), InputError);
  REQUIRE_THROWS_WITH(orchard_id("aple"), "orchard: 'aple' is not one of the vocabulary's 126 words");
  REQUIRE_THROWS_WITH(parse_orchard(Ids{-1}), "orchard: expected ids of 0 to 125, got -1 at position 0");
}

TEST_CASE("sentences of every rule belong") {
  for (const char* text :
       {"<bos> the girl eats apples .", "girls eat apples .", "every ripe apple falls .", "yesterday the man slept .",
        "the man slept yesterday .", "the girl near the dogs eats many small bananas .",
        "the girl that eats apples sleeps .", "the girls that did not eat apples slept .",
        "the apple that the girls eat falls .", "the apple that the girl does not eat falls .",
        "the dog does not follow the cat that the mice see .", "now the fox runs and the foxes do not run today .",
        "the boy ate the pear and yesterday the teacher used the axe .",
        "this farmer carries these baskets near the axe ."}) {
    const OrchardVerdict verdict = parse(text);
    INFO(text << ": at " << verdict.position << " expected " << verdict.expected);
    REQUIRE(verdict.belongs);
    REQUIRE(verdict.expected.empty());
    REQUIRE(verdict.position == std::ssize(verdict.tokens));
  }
}

TEST_CASE("where a string leaves the grammar, the parser says what was expected") {
  struct Case {
    const char* text;
    Index position;
    const char* expected;
  };
  for (const auto& [text, position, expected] : {
           Case{"the girl near the dogs eat apples .", 5, "singular verb of person or singular auxiliary"},
           Case{"the girl that the dogs follow eat apples .", 6,
                "present singular verb of person or present singular auxiliary"},
           Case{"yesterday the girl eats apples .", 3, "'near', 'that', past verb of person or past auxiliary"},
           Case{"the girl ate apples now .", 4, "'near', 'that', past adverb, 'and' or '.'"},
           Case{"the girl that ate apples sleeps .", 5, "past verb of person or past auxiliary"},
           Case{"the girls did not ate apples .", 4, "base of person"},
           Case{"the girls did eat apples .", 3, "'not'"},
           Case{"the knife ate apples .", 2, "'near', 'that', singular verb of tool or singular auxiliary"},
           Case{"the girl ate the knife .", 4, "adjective of fruit or noun of fruit"},
           Case{"girl ate apples .", 0,
                "'<bos>', adverb, determiner, adjective of any kind or plural noun of any kind"},
           Case{"these girl", 1, "adjective of any kind or plural noun of any kind"},
           Case{"the hungry apple", 2, "noun of animal or person"},
           Case{"the apple that the girl sleeps", 5, "singular verb of person with fruit or singular auxiliary"},
           Case{"the girl sleeps . .", 4, "the end"},
           Case{"yesterday the girl slept yesterday .", 4, "'and' or '.'"},
           Case{"", 0, "'<bos>', adverb, determiner, adjective of any kind or plural noun of any kind"},
           Case{"the girl ate", 3, "determiner, adjective of fruit or plural noun of fruit"},
       }) {
    INFO(text);
    const OrchardVerdict verdict = parse(text);
    REQUIRE_FALSE(verdict.belongs);
    REQUIRE(verdict.position == position);
    REQUIRE(std::ssize(verdict.tokens) == position);
    REQUIRE(verdict.expected == expected);
  }
}

TEST_CASE("tokens carry what is true of them where they stand") {
  const OrchardVerdict verdict = parse(
      "<bos> the hungry girl that the dogs follow did not eat many apples that fell yesterday and knives do not fall .");
  REQUIRE_FALSE(verdict.belongs);  // "follow" is present, "did" past
  REQUIRE(verdict.position == 8);
  const OrchardVerdict good = parse(
      "<bos> the hungry girl that the dogs followed did not eat many apples that fell yesterday and knives do not fall .");
  REQUIRE(good.belongs);
  // d determiner, j adjective, n noun, v verb, x auxiliary, ! negation, a adverb, p preposition, r relative, &
  // conjunction
  REQUIRE(letters(good, [](const OrchardToken& t) { return ".djnvx!apr&"[static_cast<int>(t.part)]; }) ==
          ".djnrdnvx!vdnrva&nx!v.");
  REQUIRE(letters(good, [](const OrchardToken& t) { return "-rp"[static_cast<int>(t.tense)]; }) ==
          "-------pp-----pp--r---");
  REQUIRE(letters(good, [](const OrchardToken& t) { return "-sp"[static_cast<int>(t.number)]; }) ==
          "---s--p----pp----pp---");
  REQUIRE(letters(good, [](const OrchardToken& t) { return "-fatp"[static_cast<int>(t.category)]; }) ==
          "---p--a-----f----t----");
  REQUIRE(letters(good, [](const OrchardToken& t) { return t.negated ? '!' : '-'; }) == "----------!!!!!-----!-");
}

TEST_CASE("a negation ends with its predicate") {
  const auto negated = [](const OrchardToken& t) { return t.negated ? '!' : '-'; };
  REQUIRE(letters(parse("the girl that did not eat apples saw pears ."), negated) == "-----!!---");
  REQUIRE(letters(parse("the pear that the girl did not eat fell ."), negated) == "-------!--");
  REQUIRE(letters(parse("the girl did not see the cat that did not run earlier ."), negated) == "----!!!!!!!--");
}

TEST_CASE("every sentence that is made belongs, and the corpus is annotated as the parser says") {
  const OrchardCorpus corpus = make_orchard(1, 10000);
  const std::vector<Ids> sentences = sentences_of(corpus);
  REQUIRE(sentences.size() == 10000);
  std::set<Index> used;
  std::size_t token = 0;
  for (const Ids& ids : sentences) {
    INFO(orchard_tokenizer()->decode(ids));
    REQUIRE(ids.front() == 0);
    REQUIRE(ids.back() == 1);
    const OrchardVerdict verdict = parse_orchard(ids);
    REQUIRE(verdict.belongs);
    REQUIRE(parse_orchard(std::span(ids).subspan(1)).belongs);
    for (const OrchardToken& t : verdict.tokens) {
      REQUIRE(corpus.tokens[token].id == t.id);
      REQUIRE(corpus.tokens[token++].negated == t.negated);
    }
    used.insert(ids.begin(), ids.end());
  }
  REQUIRE(token == corpus.tokens.size());
  REQUIRE(used.size() == orchard_vocabulary().size());
}

TEST_CASE("a sentence is a function of seed and number alone") {
  const Ids some = make_orchard(7, 50).ids(), more = make_orchard(7, 80).ids();
  REQUIRE(some == Ids(more.begin(), more.begin() + std::ssize(some)));
  REQUIRE(make_orchard(8, 50).ids() != some);
}

TEST_CASE("one wrong word breaks agreement") {
  const OrchardCorpus corpus = make_orchard(2, 4000);
  std::map<std::string, int> tried;
  for (const Ids& ids : sentences_of(corpus))
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const OrchardWord& w = word(ids[i]);
      // Replaces word i; the parser must notice, at i or at a later word.
      const auto broken_by = [&](Index other, const char* kind, bool at_once) {
        Ids wrong = ids;
        wrong[i] = other;
        const OrchardVerdict verdict = parse_orchard(wrong);
        INFO(kind << ": " << orchard_tokenizer()->decode(wrong));
        REQUIRE_FALSE(verdict.belongs);
        REQUIRE((at_once ? verdict.position == static_cast<Index>(i) : verdict.position >= static_cast<Index>(i)));
        ++tried[kind];
      };
      const bool finite = w.part == PartOfSpeech::verb || w.part == PartOfSpeech::auxiliary;
      const bool base = w.part == PartOfSpeech::verb && word(ids[i - 1]).text == "not";
      if (base) {
        broken_by(form(ids[i], Tense::past, Number::none), "past for base", true);
        broken_by(form(ids[i], Tense::present, Number::singular), "singular for base", true);
      } else if (finite && w.tense == Tense::present) {
        broken_by(form(ids[i], w.tense, opposite(w.number)), "verb's number", true);
      }
      if (w.part == PartOfSpeech::determiner && w.number != Number::none)
        broken_by(orchard_id(w.number == Number::singular ? "these" : "this"), "determiner's number", false);
      if (w.part == PartOfSpeech::noun && word(ids[i - 1]).part == PartOfSpeech::determiner &&
          word(ids[i - 1]).number != Number::none)
        broken_by(form(ids[i], Tense::none, opposite(w.number)), "noun after its determiner", true);
      if (w.part == PartOfSpeech::adverb)
        broken_by(orchard_id(w.tense == Tense::past ? "today" : "yesterday"), "adverb's tense", false);
      if (w.part == PartOfSpeech::noun && w.category == Category::fruit && word(ids[i - 1]).lemma == "eat")
        broken_by(orchard_id("hammers"), "object's category", true);
    }
  REQUIRE(tried.size() == 7);
  for (const auto& [kind, times] : tried) {
    INFO(kind);
    REQUIRE(times > 50);
  }
}

TEST_CASE("shuffled sentences do not belong") {
  Random random(1, "shuffle");
  int shuffles = 0, accepted = 0;
  for (Ids ids : sentences_of(make_orchard(3, 3000))) {
    const Ids before = ids;
    for (Index i = std::ssize(ids) - 2; i > 1; --i) std::swap(ids[i], ids[1 + random.below(i)]);
    if (ids.size() < 9 || ids == before) continue;
    ++shuffles;
    accepted += parse_orchard(ids).belongs;
  }
  REQUIRE(shuffles > 1500);
  REQUIRE(accepted < shuffles / 200);  // some orders of the same words are sentences
}

TEST_CASE("the position is exact: every prefix up to it can go on to a sentence") {
  for (const Ids& ids : sentences_of(make_orchard(4, 300)))
    for (std::size_t n = 0; n < ids.size(); ++n) {
      const OrchardVerdict verdict = parse_orchard(std::span(ids).first(n));
      REQUIRE_FALSE(verdict.belongs);
      REQUIRE(verdict.position == static_cast<Index>(n));
    }
  // From any prefix that is accepted, some word goes on; a walk that ends where it can does end.
  Random random(1, "walk");
  for (int walk = 0; walk < 40; ++walk) {
    Ids ids;
    while (!parse_orchard(ids).belongs) {
      Ids choices;
      for (Index id = 0; id < std::ssize(orchard_vocabulary()); ++id) {
        ids.push_back(id);
        if (parse_orchard(ids).position == std::ssize(ids)) choices.push_back(id);
        ids.pop_back();
      }
      INFO(orchard_tokenizer()->decode(ids));
      REQUIRE_FALSE(choices.empty());
      REQUIRE(ids.size() < 60);
      ids.push_back(choices[random.below(std::ssize(choices))]);
    }
  }
}
