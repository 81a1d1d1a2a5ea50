#include "autograd/error.h"
#include "autograd/random.h"
#include "model/data/orchard_words.h"

namespace gradus {
namespace {

using namespace orchard;

// Follows the same rules and draws at every choice.
class Generator {
 public:
  Generator(std::uint64_t seed, Index sentence) : random_(seed, "orchard", static_cast<std::uint64_t>(sentence)) {}

  std::vector<Index> sentence() {
    add("<bos>");
    clause();
    if (chance(0.2)) {
      add("and");
      clause();
    }
    add(".");
    return std::move(ids_);
  }

 private:
  bool chance(double p) { return random_.uniform() < p; }
  void add(std::string_view text) { ids_.push_back(orchard_id(text)); }

  // One of the words that pass, each equally likely.
  template <class Test>
  const Entry& pick(const Test& passes) {
    std::vector<Index> ids;
    for (Index id = 0; id < std::ssize(entries()); ++id)
      if (passes(entries()[id])) ids.push_back(id);
    return entries()[ids[random_.below(std::ssize(ids))]];
  }
  template <class Test>
  const Entry& add_one(const Test& passes) {
    const Entry& entry = pick(passes);
    add(entry.word.text);
    return entry;
  }
  Categories one_of(Categories set) {
    Categories one = 0;
    while ((one & set) == 0) one = 2U << random_.below(4);
    return one;
  }

  void clause() {
    tense_ = chance(0.5) ? Tense::past : Tense::present;
    const auto adverb = [&] {
      add_one([&](const Entry& e) { return e.word.part == Part::adverb && e.word.tense == tense_; });
    };
    const double when = random_.uniform();
    if (when < 0.2) adverb();
    const Entry& base = pick([](const Entry& e) { return e.is_base(); });
    const Head subject = phrase(one_of(base.categories), 0.35);
    predicate(subject, base, true);
    if (when > 0.8) adverb();
  }

  Head phrase(Categories category, double modified) {
    const Head head = simple(category);
    if (!chance(modified)) return head;
    if (chance(0.35)) {
      add("near");
      simple(one_of(all));
    } else {
      add("that");
      relative(head);
    }
    return head;
  }

  Head simple(Categories category) {
    const Number number = chance(0.5) ? Number::singular : Number::plural;
    if (number == Number::singular || chance(0.7))
      chance(0.6)
          ? add("the")
          : (void)add_one([&](const Entry& e) { return e.word.part == Part::determiner && e.word.number == number; });
    if (chance(0.25))
      add_one([&](const Entry& e) { return e.word.part == Part::adjective && (e.categories & category) != 0; });
    add_one([&](const Entry& e) {
      return e.word.part == Part::noun && e.categories == category && e.word.number == number;
    });
    return {number, category};
  }

  void predicate(const Head& subject, const Entry& base, bool full) {
    verb(subject, base);
    if (base.objects != 0) phrase(one_of(base.objects), full ? 0.15 : 0);
  }

  void relative(const Head& head) {
    if (chance(0.5)) {
      predicate(head, pick([&](const Entry& e) { return e.is_base() && (e.categories & head.category) != 0; }), false);
    } else {
      const Entry& base = pick([&](const Entry& e) { return e.is_base() && (e.objects & head.category) != 0; });
      verb(simple(one_of(base.categories)), base);
    }
  }

  void verb(const Head& subject, const Entry& base) {
    const auto agrees = [&](const Entry& e) { return e.word.tense == tense_ && agree(subject.number, e.word.number); };
    if (chance(0.25)) {
      add_one([&](const Entry& e) { return e.word.part == Part::auxiliary && agrees(e); });
      add("not");
      add(base.word.text);
    } else {
      add_one([&](const Entry& e) { return e.word.lemma == base.word.lemma && agrees(e); });
    }
  }

  Random random_;
  Tense tense_ = Tense::none;  // of the clause
  std::vector<Index> ids_;
};

}  // namespace

std::vector<Index> OrchardCorpus::ids() const {
  std::vector<Index> ids;
  for (const OrchardToken& token : tokens) ids.push_back(token.id);
  return ids;
}

OrchardCorpus make_orchard(std::uint64_t seed, Index sentences) {
  OrchardCorpus corpus;
  for (Index i = 0; i < sentences; ++i) {
    const std::vector<Index> ids = Generator(seed, i).sentence();
    const OrchardVerdict verdict = parse_orchard(ids);  // whose annotation is the only one
    if (!verdict.belongs)
      throw Error("orchard: generator and parser disagree about: " + orchard_tokenizer()->decode(ids));
    corpus.starts.push_back(std::ssize(corpus.tokens));
    corpus.tokens.insert(corpus.tokens.end(), verdict.tokens.begin(), verdict.tokens.end());
  }
  return corpus;
}

}  // namespace gradus
