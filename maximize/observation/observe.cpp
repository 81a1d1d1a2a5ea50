#include "maximize/observation/observe.h"

#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/ops.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The values belong to the samples from `first` on.
void add_values(std::vector<Excitation>& all, Var values, Index first) {
  for (const Real v : values.value().values()) all.push_back({first++, static_cast<double>(v)});
}

// How many tokens a text must have for the unit to have a value in it.
Index tokens_needed(const Unit& unit) {
  if (unit.where == Unit::Where::place) return unit.place[0] + 1;
  return unit.where == Unit::Where::previous ? 2 : 1;
}

Observation summary(std::vector<Excitation> all, const Unit& unit, int keep) {
  Observation o;
  for (const Excitation& e : all)
    if (!std::isfinite(e.value))
      throw Error("observe: " + unit.str() + " is " + std::to_string(e.value) + " at sample " +
                  std::to_string(e.sample));
  o.count = static_cast<Index>(all.size());
  for (const Excitation& e : all) o.mean += e.value;
  o.mean /= static_cast<double>(o.count);
  for (const Excitation& e : all) o.standard_deviation += (e.value - o.mean) * (e.value - o.mean);
  o.standard_deviation = std::sqrt(o.standard_deviation / static_cast<double>(o.count));
  const auto kept = std::min<std::ptrdiff_t>(keep, o.count);
  const auto extreme = [&](auto&& before) {
    std::partial_sort(all.begin(), all.begin() + kept, all.end(), [&](const Excitation& a, const Excitation& b) {
      return a.value == b.value ? a.sample < b.sample : before(a.value, b.value);
    });
    return std::vector<Excitation>(all.begin(), all.begin() + kept);
  };
  o.most = extreme([](double a, double b) { return a > b; });
  o.least = extreme([](double a, double b) { return a < b; });
  return o;
}

}  // namespace

Observation observe(const Model& model, const Images& images, const Unit& unit, int keep, int threads) {
  const Index count = images.size();
  expect_fits(unit, model, images.pixels.shape().with(0, 1));
  if (count == 0) throw InputError("observe: expected at least one image, got none");
  std::vector<Excitation> all;
  Tape t({}, threads);
  for (Index begin = 0; begin < count; begin += 256) {
    t.clear();
    const Var batch = t.constant(image_range(images, begin, std::min(begin + 256, count)).pixels);
    add_values(all, sample_values(run_to(model, batch, unit.address), unit), begin);
  }
  return summary(std::move(all), unit, keep);
}

Observation observe(const Model& model, std::span<const Index> text, Index length, const Unit& unit, int keep,
                    int threads) {
  const Parameter* table = model.token_embeddings();
  if (!table) throw InputError("observe: expected a model of texts, with a table of token embeddings");
  const Index count = std::ssize(text), needed = tokens_needed(unit);
  expect_fits(unit, model, {1, std::min(length, needed), table->shape()[1]});
  constexpr Index most_tokens = 1024;  // at once: of a large model, more would not fit in memory
  if (count < needed)
    throw InputError("observe: expected a text of at least " + std::to_string(needed) +
                     (needed == 1 ? " token for " : " tokens for ") + unit.str() + ", got " + std::to_string(count));
  std::vector<Excitation> all;
  Tape t({}, threads);
  for (Index begin = 0; begin < count;) {
    const Index T = std::min(length, count - begin),
                n = T < length ? 1 : std::min(std::clamp<Index>(most_tokens / T, 1, 32), (count - begin) / T);
    if (T >= needed) {
      t.clear();
      const auto first = text.begin() + begin;
      const Var x = embedding(t.leaf(*table), {{n, T}, {first, first + n * T}});
      const Var values = unit_values(run_to(model, x, unit.address), unit);  // (n, how many tokens have one)
      for (Index window = 0; window < n; ++window)
        add_values(all, slice(values, 0, window, window + 1), begin + window * T + first_token(unit, T));
    }
    begin += n * T;
  }
  return summary(std::move(all), unit, keep);
}

double noise_activation(const Model& model, const Unit& unit, Parametrization& noise, std::uint64_t seed, int threads) {
  noise.start(seed);
  Tape t({}, threads);
  return static_cast<double>(activation(model, noise.input(t), unit).item());
}

}  // namespace GRADUS_REAL
}  // namespace gradus
