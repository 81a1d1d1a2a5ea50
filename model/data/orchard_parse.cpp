#include "model/data/orchard_words.h"

namespace gradus {
namespace {

using namespace orchard;

constexpr const char* tense_names[] = {"", "present ", "past "};
constexpr const char* number_names[] = {"", "singular ", "plural "};
std::string names_of(Categories categories) {  // "fruit or animal"
  if (categories == all) return "any kind";
  const char* names[] = {"fruit", "animal", "tool", "person"};
  std::string text;
  for (unsigned i = 0; i < 4; ++i)
    if (categories & (2U << i)) text += (text.empty() ? "" : " or ") + std::string(names[i]);
  return text;
}

// Recursive descent, one function a rule of the grammar in orchard.h. The next word always decides which rule goes on,
// so nothing is tried twice. A function returns false where the rule does not fit.
class Parser {
 public:
  explicit Parser(std::span<const Index> ids) : ids_(ids) {}

  OrchardVerdict run() {
    verdict_.belongs = sentence();
    verdict_.position = at_;
    for (std::size_t i = 0; i < wanted_.size() && !verdict_.belongs; ++i)
      verdict_.expected += (i == 0 ? "" : i + 1 == wanted_.size() ? " or " : ", ") + wanted_[i];
    return std::move(verdict_);
  }

 private:
  // Takes the next word if it passes; otherwise notes `what` among that which was expected at this position.
  template <class Test>
  bool take(const std::string& what, const Test& passes) {
    if (at_ < std::ssize(ids_)) {
      const Index id = ids_[at_];
      const Entry& entry = entry_of(id, at_);
      if (passes(entry)) {
        const OrchardWord& w = entry.word;
        verdict_.tokens.push_back({id, w.part, w.tense, w.number, w.category, negated_});
        last_ = &entry;
        ++at_;
        wanted_.clear();
        return true;
      }
    }
    wanted_.push_back(what);
    return false;
  }
  bool take(const char* text) {
    return take("'" + std::string(text) + "'", [&](const Entry& e) { return e.word.text == text; });
  }

  // The same for a word that must have the clause's tense; the first such word decides it.
  template <class Test>
  bool take_in_tense(const std::string& what, const Test& passes) {
    const bool taken = take(tense_names[static_cast<int>(tense_)] + what, [&](const Entry& e) {
      return passes(e) && (tense_ == Tense::none || e.word.tense == tense_);
    });
    if (taken) tense_ = last_->word.tense;
    return taken;
  }

  bool sentence() {
    take("<bos>");
    if (!clause() || (take("and") && !clause()) || !take(".")) return false;
    if (at_ < std::ssize(ids_)) wanted_ = {"the end"};
    return at_ == std::ssize(ids_);
  }

  bool clause() {
    tense_ = Tense::none;
    const auto adverb = [&] {
      return take_in_tense("adverb", [](const Entry& e) { return e.word.part == Part::adverb; });
    };
    const bool early = adverb();
    Head subject;
    if (!phrase(all, subject) || !predicate(subject, true)) return false;
    if (!early) adverb();
    return true;
  }

  bool phrase(Categories allowed, Head& head) {
    Head other;
    if (!simple(allowed, head)) return false;
    if (take("near")) return simple(all, other);
    return !take("that") || relative(head);
  }

  bool simple(Categories allowed, Head& head) {
    Number number = Number::plural;
    if (take("determiner", [](const Entry& e) { return e.word.part == Part::determiner; })) number = last_->word.number;
    const auto fits = [&](const Entry& e, Part part) { return e.word.part == part && (e.categories & allowed) != 0; };
    if (take("adjective of " + names_of(allowed), [&](const Entry& e) { return fits(e, Part::adjective); }))
      allowed &= last_->categories;
    if (!take(number_names[static_cast<int>(number)] + ("noun of " + names_of(allowed)),
              [&](const Entry& e) { return fits(e, Part::noun) && agree(number, e.word.number); }))
      return false;
    head = {last_->word.number, last_->categories};
    return true;
  }

  bool predicate(const Head& subject, bool full) {
    const bool outer = negated_;
    Head object;
    const bool fits = verb(subject, 0) && (last_->objects == 0 || (full ? phrase(last_->objects, object)  //
                                                                        : simple(last_->objects, object)));
    negated_ = outer;
    return fits;
  }

  bool relative(const Head& head) {
    const Index begin = at_;
    if (predicate(head, false)) return true;
    if (at_ > begin) return false;
    const bool outer = negated_;
    Head subject;
    const bool fits = simple(animate, subject) && verb(subject, head.category);
    negated_ = outer;
    return fits;
  }

  // A verb for the subject, or an auxiliary, "not" and a base: then negated_ is true from there on. Where `object` is
  // not 0, the verb must take it.
  bool verb(const Head& subject, Categories object) {
    const auto suits = [&](const Entry& e) {
      return e.word.part == Part::verb && (e.categories & subject.category) != 0 &&
             (object == 0 || (e.objects & object) != 0);
    };
    const auto agrees = [&](const Entry& e) { return agree(subject.number, e.word.number); };
    const std::string number = tense_ == Tense::past ? "" : number_names[static_cast<int>(subject.number)];
    const std::string use = " of " + names_of(subject.category) + (object ? " with " + names_of(object) : "");
    if (take_in_tense(number + "verb" + use, [&](const Entry& e) { return suits(e) && agrees(e); })) return true;
    if (!take_in_tense(number + "auxiliary",
                       [&](const Entry& e) { return e.word.part == Part::auxiliary && agrees(e); }) ||
        !take("not"))
      return false;
    negated_ = true;
    if (!take("base" + use, [&](const Entry& e) { return suits(e) && e.is_base(); })) return false;
    verdict_.tokens.back().tense = Tense::none;
    verdict_.tokens.back().number = Number::none;
    return true;
  }

  std::span<const Index> ids_;
  Index at_ = 0;
  const Entry* last_ = nullptr;      // the word that was taken last
  std::vector<std::string> wanted_;  // what was tried at at_, in vain
  Tense tense_ = Tense::none;        // of the clause; none until a word decides it
  bool negated_ = false;
  OrchardVerdict verdict_;
};

}  // namespace

OrchardVerdict parse_orchard(std::span<const Index> ids) {
  return Parser(ids).run();
}

}  // namespace gradus
