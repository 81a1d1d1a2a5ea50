#include "maximize/searches/gradient_search.h"

#include "autograd/error.h"
#include "maximize/observation/decode.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// The unit's activation for a finished input, without any gradient.
template <class Model>
double measure(const Model& model, const Tensor& input, const Unit& unit, int threads) {
  Tape t({}, threads);
  return static_cast<double>(activation(model, t.constant(input), unit).item());
}

// Fills a Search while descend runs: `input` turns what moves into what the model sees.
class Recorder {
 public:
  Recorder(Search& search, int steps, int snapshots) : search_(search), steps_(steps), snapshots_(snapshots) {}

  // After step s (from 0): the recording's values are those after s steps, the input's are those after s + 1.
  bool operator()(const Step& s, const Tensor& seen, OnStep watch) {
    search_.activation.push_back(static_cast<double>(s.tape.find("activation").item()));
    if (static_cast<int>(search_.snapshots.size()) * steps_ <= s.step * snapshots_)
      search_.snapshots.push_back({s.step, seen});
    search_.leaf_gradients = s.tape.counts().leaf_gradients;
    search_.stopped = !watch(s);
    return !search_.stopped;
  }

  void finish(Tensor seen, double activation) {
    search_.snapshots.push_back({static_cast<int>(search_.activation.size()), std::move(seen)});
    search_.activation.push_back(activation);
  }

 private:
  Search& search_;
  int steps_, snapshots_;
};

Tensor pixel_values(const Tensor& free) {
  Tape t;
  return pixels(t.constant(free)).value();
}

}  // namespace

Search maximize_image(const TinyCnn& cnn, const Unit& unit, const ImageSearch& how, OnStep watch) {
  Search search;
  const Index side = cnn.config().side;
  Parameter image("image", Shape{1, 1, side, side});
  for (;; ++search.starts) {
    if (search.starts > 32)
      throw Error("maximize: unit " + unit.str() + " is 0 on 32 different noises; it seems to be dead");
    const auto draw = how.seed + (static_cast<std::uint64_t>(search.starts - 1) << 32);
    image.mutable_value() = pixel_noise(image.shape(), how.brightness, how.spread, draw);
    if (measure(cnn, pixel_values(image.value()), unit, how.threads) != 0) break;
  }
  Recorder recorder(search, how.steps, how.snapshots);
  maximize(cnn, image, unit, how.penalty, Adam{how.lr}, Budget(how.steps, 0, how.threads),
           [&](const Step& s) { return recorder(s, s.tape.find("pixels").value(), watch); });
  Tensor end = pixel_values(image.value());
  const double reached = measure(cnn, end, unit, how.threads);
  recorder.finish(std::move(end), reached);
  return search;
}

Search maximize_embeddings(const TinyGpt& gpt, const Unit& unit, const EmbeddingSearch& how, OnStep watch) {
  Search search;
  if (how.vectors > gpt.config().block_size)
    throw InputError("maximize: expected at most " + std::to_string(gpt.config().block_size) +
                     " vectors, the model's context, got " + std::to_string(how.vectors));
  Parameter embeddings("embeddings", random_embeddings(gpt.wte.weight.value(), how.vectors, how.seed));
  Tensor before = embeddings.value();
  Recorder recorder(search, how.steps, how.snapshots);
  maximize(gpt, embeddings, unit, how.lambda, Adam{how.lr}, Budget(how.steps, 0, how.threads), [&](const Step& s) {
    const bool go_on = recorder(s, before, watch);
    before = embeddings.value();
    return go_on;
  });
  const auto run = [&](Var x) { return gpt.from_embeddings(x); };
  recorder.finish(embeddings.value(), measure(run, embeddings.value(), unit, how.threads));
  return search;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
