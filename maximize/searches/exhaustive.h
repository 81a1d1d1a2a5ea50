// Every text of a length: the true optimum, which a search is measured by. With V words there are V^L of L tokens: for
// Orchard's 126 words 15,876 of two and 2,000,376 of three.
//
//   TextValues values(gpt, Objective(Unit::parse("h.1.mlp.act:37,last")), 2);
//   Exhaustion all(values, 100);
//   while (!all.done()) all.next();
//   all.best().front();                                                     // the value and the tokens of the best
#pragma once

#include "maximize/searches/text_values.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct RankedText {
  double value;
  std::vector<Index> tokens;
};

class GRADUS_API Exhaustion {
 public:
  // Keeps the `keep` best. Throws InputError where there are more than `most` texts, or keep is not positive.
  static constexpr std::int64_t most = 1'000'000'000;
  Exhaustion(TextValues& values, int keep);

  bool done() const { return tried_ == texts_; }
  void next();  // tries the next few thousand texts, in the order of their ids

  std::int64_t texts() const { return texts_; }  // V^L
  std::int64_t tried() const { return tried_; }
  double highest() const { return highest_; }  // over those that were tried; minus infinity before the first
  double lowest() const { return lowest_; }
  double mean() const { return sum_ / static_cast<double>(tried_); }
  double standard_deviation() const;
  std::vector<RankedText> best()
      const;  // the highest first; of equal ones the one that comes first in the order of ids

 private:
  struct Kept {
    double value;
    std::int64_t number;                       // the text's, in the order of ids
    bool operator<(const Kept& other) const {  // comes before
      return value != other.value ? value > other.value : number < other.number;
    }
  };
  std::vector<Index> text(std::int64_t number) const;
  TextValues& values_;
  std::size_t keep_;
  std::int64_t texts_ = 1, tried_ = 0;
  double highest_, lowest_, sum_ = 0, squares_ = 0;
  std::vector<Kept> kept_;  // at most 2 keep, of which the `keep` best are the best of all so far
};

}  // namespace GRADUS_REAL
}  // namespace gradus
