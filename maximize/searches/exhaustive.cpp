#include "maximize/searches/exhaustive.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/error.h"

namespace gradus {
inline namespace GRADUS_REAL {

Exhaustion::Exhaustion(TextValues& values, int keep)
    : values_(values),
      keep_(static_cast<std::size_t>(std::max(keep, 0))),
      highest_(-std::numeric_limits<double>::infinity()),
      lowest_(std::numeric_limits<double>::infinity()) {
  if (keep < 1) throw InputError("exhaust: expected to keep at least one text, got " + std::to_string(keep));
  const Index V = values.vocabulary(), L = values.length();
  for (Index i = 0; i < L; ++i) {
    if (texts_ > most / V)
      throw InputError("exhaust: expected at most " + std::to_string(most) + " texts, got " + std::to_string(V) + "^" +
                       std::to_string(L));
    texts_ *= V;
  }
}

// The digits of its number to the base V.
std::vector<Index> Exhaustion::text(std::int64_t number) const {
  std::vector<Index> tokens(static_cast<std::size_t>(values_.length()));
  for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
    *token = number % values_.vocabulary();
    number /= values_.vocabulary();
  }
  return tokens;
}

void Exhaustion::next() {
  // As many texts as make about 8,192 tokens: their activations stay in the caches.
  const std::int64_t count = std::min(texts_ - tried_, std::max<std::int64_t>(8192 / values_.length(), 1));
  std::vector<Index> tokens;
  tokens.reserve(static_cast<std::size_t>(count * values_.length()));
  for (std::int64_t n = 0; n < count; ++n) {
    const std::vector<Index> one = text(tried_ + n);
    tokens.insert(tokens.end(), one.begin(), one.end());
  }
  const std::vector<double> found = values_(tokens);
  for (std::int64_t n = 0; n < count; ++n) {
    const double value = found[static_cast<std::size_t>(n)];
    highest_ = std::max(highest_, value);
    lowest_ = std::min(lowest_, value);
    sum_ += value;
    squares_ += value * value;
    kept_.push_back({value, tried_ + n});
    if (kept_.size() >= 2 * keep_) {
      std::nth_element(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(keep_), kept_.end());
      kept_.resize(keep_);
    }
  }
  tried_ += count;
}

double Exhaustion::standard_deviation() const {
  return std::sqrt(std::max(squares_ / static_cast<double>(tried_) - mean() * mean(), 0.0));
}

std::vector<RankedText> Exhaustion::best() const {
  std::vector<Kept> kept = kept_;
  std::sort(kept.begin(), kept.end());
  kept.resize(std::min(kept.size(), keep_));
  std::vector<RankedText> found;
  for (const auto& [value, number] : kept) found.push_back({value, text(number)});
  return found;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
