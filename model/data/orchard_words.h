// What Orchard's parser and generator know of the words beyond what orchard.h tells. Internal to the library.
#pragma once

#include "model/data/orchard.h"

namespace gradus::orchard {

using Part = PartOfSpeech;

// A set of categories, one bit each.
using Categories = unsigned;
constexpr Categories only(Category c) {
  return 1U << static_cast<unsigned>(c);
}
inline constexpr Categories fruit = only(Category::fruit), animal = only(Category::animal), tool = only(Category::tool),
                            person = only(Category::person), animate = person | animal, all = animate | fruit | tool;

struct Entry {
  OrchardWord word;
  Categories categories = 0;  // of a noun: its own; of an adjective: what it describes; of a verb: its subjects
  Categories objects = 0;     // of a verb; none where it takes no object
  bool is_base() const { return word.part == Part::verb && word.number == Number::plural; }
};

// "the" and past verbs go with either number.
inline bool agree(Number a, Number b) {
  return a == Number::none || b == Number::none || a == b;
}

// What a phrase says to the verb beside it.
struct Head {
  Number number = Number::none;
  Categories category = 0;  // one of them
};

std::span<const Entry> entries();                 // by id
const Entry& entry_of(Index id, Index position);  // throws InputError, which names both, for an id that is no word's

}  // namespace gradus::orchard
