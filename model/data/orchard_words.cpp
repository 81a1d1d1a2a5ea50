#include "model/data/orchard_words.h"

#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include "autograd/error.h"
#include "model/files/file.h"
#include "model/text/words.h"

namespace gradus {
namespace orchard {
namespace {

struct Nouns {
  Category category;
  const char* forms;  // singular and plural of each
};
constexpr Nouns nouns[] = {
    {Category::fruit,
     "apple apples banana bananas cherry cherries lemon lemons mango mangos peach peaches pear pears plum plums"},
    {Category::animal, "bear bears cat cats dog dogs fox foxes goat goats horse horses mouse mice rabbit rabbits"},
    {Category::tool,
     "axe axes basket baskets bucket buckets hammer hammers knife knives ladder ladders rake rakes spade spades"},
    {Category::person,
     "baker bakers boy boys child children farmer farmers girl girls man men teacher teachers woman women"},
};

struct Verb {
  const char *base, *singular, *past;
  Categories subjects, objects;
};
constexpr Verb verbs[] = {
    {"eat", "eats", "ate", animate, fruit},
    {"smell", "smells", "smelled", animate, fruit},
    {"pick", "picks", "picked", person, fruit},
    {"wash", "washes", "washed", person, fruit | tool},
    {"carry", "carries", "carried", person, fruit | tool},
    {"use", "uses", "used", person, tool},
    {"see", "sees", "saw", animate, all},
    {"follow", "follows", "followed", animate, animate},
    {"like", "likes", "liked", animate, animate | fruit},
    {"sleep", "sleeps", "slept", animate, 0},
    {"run", "runs", "ran", animate, 0},
    {"fall", "falls", "fell", all, 0},
};

struct Lexicon {
  std::vector<Entry> entries;
  std::vector<OrchardWord> words;
  std::map<std::string, Index, std::less<>> ids;

  Lexicon() {
    using enum Number;
    const auto add = [&](const std::string& text, const std::string& lemma, Part part, Tense tense = Tense::none,
                         Number number = none, Category category = Category::none, Categories categories = 0,
                         Categories objects = 0) {
      entries.push_back({{text, lemma, part, tense, number, category}, categories, objects});
    };
    for (const char* mark : {"<bos>", "."}) add(mark, mark, Part::mark);
    add("the", "the", Part::determiner);
    for (const char* one : {"this", "every"}) add(one, one, Part::determiner, Tense::none, singular);
    for (const char* more : {"these", "many"}) add(more, more, Part::determiner, Tense::none, plural);
    const std::pair<const char*, Categories> adjectives[] = {{"ripe", fruit},    {"sweet", fruit}, {"hungry", animate},
                                                             {"tired", animate}, {"heavy", tool},  {"sharp", tool},
                                                             {"old", all},       {"small", all}};
    for (const auto& [text, categories] : adjectives)
      add(text, text, Part::adjective, Tense::none, none, Category::none, categories);
    for (const auto& [category, forms] : nouns) {
      std::istringstream in(forms);
      for (std::string one, more; in >> one >> more;) {
        add(one, one, Part::noun, Tense::none, singular, category, only(category));
        add(more, one, Part::noun, Tense::none, plural, category, only(category));
      }
    }
    for (const Verb& v : verbs) {
      add(v.base, v.base, Part::verb, Tense::present, plural, Category::none, v.subjects, v.objects);
      add(v.singular, v.base, Part::verb, Tense::present, singular, Category::none, v.subjects, v.objects);
      add(v.past, v.base, Part::verb, Tense::past, none, Category::none, v.subjects, v.objects);
    }
    add("do", "do", Part::auxiliary, Tense::present, plural);
    add("does", "do", Part::auxiliary, Tense::present, singular);
    add("did", "do", Part::auxiliary, Tense::past);
    add("not", "not", Part::negation);
    for (const char* now : {"now", "today"}) add(now, now, Part::adverb, Tense::present);
    for (const char* then : {"earlier", "yesterday"}) add(then, then, Part::adverb, Tense::past);
    add("near", "near", Part::preposition);
    add("that", "that", Part::relative);
    add("and", "and", Part::conjunction);
    for (const Entry& entry : entries) {
      ids[entry.word.text] = std::ssize(words);
      words.push_back(entry.word);
    }
  }
};

const Lexicon& lexicon() {
  static const Lexicon the_lexicon;
  return the_lexicon;
}

}  // namespace

std::span<const Entry> entries() {
  return lexicon().entries;
}

const Entry& entry_of(Index id, Index position) {
  const auto& known = lexicon().entries;
  if (id < 0 || id >= std::ssize(known))
    throw InputError("orchard: expected ids of 0 to " + std::to_string(known.size() - 1) + ", got " +
                     std::to_string(id) + " at position " + std::to_string(position));
  return known[id];
}

}  // namespace orchard

using orchard::lexicon;

std::span<const OrchardWord> orchard_vocabulary() {
  return lexicon().words;
}

Index orchard_id(std::string_view word) {
  const auto found = lexicon().ids.find(word);
  if (found == lexicon().ids.end())
    throw InputError("orchard: '" + printable(word) + "' is not one of the vocabulary's " +
                     std::to_string(lexicon().words.size()) + " words");
  return found->second;
}

std::shared_ptr<const Tokenizer> orchard_tokenizer() {
  static const auto tokenizer = [] {
    std::vector<std::string> words;
    for (const OrchardWord& word : lexicon().words) words.push_back(word.text);
    return std::make_shared<const WordTokenizer>("orchard", std::move(words));
  }();
  return tokenizer;
}

}  // namespace gradus
