#include "maximize/observation/observe.h"

#include <algorithm>
#include <cmath>

#include "maximize/observation/decode.h"
#include "maximize/parametrizations/pixels.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

Observation summary(std::vector<Excitation> all, int keep) {
  Observation o;
  o.count = static_cast<Index>(all.size());
  if (all.empty()) return o;
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

Observation observe(const TinyCnn& cnn, const Images& images, const Unit& unit, int keep, int threads) {
  const Index count = images.size();
  std::vector<Excitation> all;
  Tape t({}, threads);
  for (Index begin = 0; begin < count; begin += 256) {
    const Index n = std::min<Index>(256, count - begin);
    t.clear();
    const Var batch = t.constant(image_range(images, begin, begin + n).pixels);
    const Var values = unit_values(run_to(cnn, batch, unit.address), unit);
    for (Index i = 0; i < n; ++i) all.push_back({begin + i, static_cast<double>(values.value()[i])});
  }
  return summary(std::move(all), keep);
}

Observation observe(const TinyGpt& gpt, std::span<const Index> text, Index length, const Unit& unit, int keep,
                    int threads) {
  const Index windows = static_cast<Index>(text.size()) / length;
  const auto run = [&](Var x) { return gpt.from_embeddings(x); };
  std::vector<Excitation> all;
  Tape t({}, threads);
  for (Index begin = 0; begin < windows; begin += 32) {
    const Index n = std::min<Index>(32, windows - begin);
    t.clear();
    const auto first = text.begin() + begin * length;
    const Var x = gpt.wte(t, {{n, length}, {first, first + n * length}});
    const Var values = unit_values(run_to(run, x, unit.address), unit);
    for (Index i = 0; i < n * length; ++i) all.push_back({begin * length + i, static_cast<double>(values.value()[i])});
  }
  return summary(std::move(all), keep);
}

double noise_activation(const TinyCnn& cnn, const Unit& unit, Index draws, double brightness, double spread,
                        std::uint64_t seed, int threads) {
  Tape t({}, threads);
  const Index side = cnn.config().side;
  const Var x = pixels(t.constant(pixel_noise({draws, 1, side, side}, brightness, spread, seed)));
  return static_cast<double>(activation(cnn, x, unit).item());
}

double noise_activation(const TinyGpt& gpt, const Unit& unit, Index vectors, Index draws, std::uint64_t seed,
                        int threads) {
  Tape t({}, threads);
  const Tensor noise = random_embeddings(gpt.wte.weight.value(), vectors * draws, seed);
  const Var x = reshape(t.constant(noise), {draws, vectors, gpt.config().n_embd});
  return static_cast<double>(activation([&](Var e) { gpt.from_embeddings(e); }, x, unit).item());
}

}  // namespace GRADUS_REAL
}  // namespace gradus
