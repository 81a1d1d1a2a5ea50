// The demo's CNN frame: training on Glyphs beside the maximization of one unit.
#include <cmath>

#include "maximize/app/demo.h"
#include "maximize/app/page.h"
#include "maximize/observation/observe.h"
#include "maximize/report/tape_drawing.h"
#include "maximize/searches/gradient_search.h"
#include "model/data/load_images.h"
#include "model/open.h"

namespace gradus::app {
namespace {

constexpr int snapshots = 24;
constexpr Index batch_size = 64;

Json filters_of(const TinyCnn& cnn) {  // conv1's kernels, each stretched to its own range
  Json images = Json::array();
  const Tensor& w = cnn.conv1.weight.value();
  for (Index i = 0; i < w.shape()[0]; ++i)
    images.push_back(page_image_stretched(w.data() + i * w.shape()[2] * w.shape()[3], w.shape()[2], w.shape()[3]));
  return images;
}

// Left column: a fresh network, trained for `steps` steps.
Json training_run(const DemoSettings& o, const ImageData& data, const Interrupt& interrupt, Frame& frame) {
  TinyCnn cnn(CnnConfig{});
  cnn.initialize(o.seed);
  const Images probe = image_range(data.test, 0, 500);
  const std::uint64_t data_before = hash(data.train.pixels), weights_before = hash(cnn.parameters());
  Json steps = Json::array(), values = Json::array(), shots = Json::array();
  const auto shoot = [&](int step, double score) {
    shots.push_back({{"step", step},
                     {"images", filters_of(cnn)},
                     {"hash", hex(hash(cnn.parameters()))},
                     {"caption", format("the %lld filters of conv1; %.1f %% of 500 new digits right",
                                        static_cast<long long>(cnn.config().channels1), 100 * score)}});
  };
  shoot(0, accuracy(cnn, probe, o.threads));
  const Stopwatch watch;
  ProgressLine line("demo: training the CNN");
  train(cnn, data.train, {.size = batch_size, .seed = o.seed}, Adam{1e-3}, Budget(o.steps, 0, o.threads),
        [&](const Step& s) {
          steps.push_back(s.step);
          values.push_back(s.loss);
          if (snapshot_due(s.step + 1, o.steps, snapshots) && s.step + 1 < o.steps)
            shoot(s.step + 1, accuracy(cnn, probe, o.threads));
          line.show(s.step + 1, o.steps, format("loss %.4f", s.loss));
          frame.stopped = interrupt.pending();
          return !frame.stopped;
        });
  const double seconds = watch.seconds(), score = accuracy(cnn, data.test, o.threads);
  steps.push_back(o.steps);  // the loss after the last step, on the next batch
  {
    Tape t({}, o.threads);
    const Images next = image_batch(data.train, batch_size, o.seed, static_cast<std::uint64_t>(o.steps));
    values.push_back(cross_entropy(cnn(t.constant(next.pixels)), next.labels).item());
  }
  shoot(o.steps, score);
  const std::uint64_t data_after = hash(data.train.pixels);
  frame.summary["training"] = {
      {"steps", o.steps},           {"seconds", seconds}, {"first_loss", values.front()},
      {"last_loss", values.back()}, {"accuracy", score},  {"data_unchanged", data_before == data_after}};
  return {
      {"data", page_leaf(format("%lld digits", static_cast<long long>(data.train.size())), data_before, data_after)},
      {"weights", page_leaf(format("%lld weights", static_cast<long long>(count_values(cnn.parameters()))),
                            weights_before, hash(cnn.parameters()))},
      {"quantity", "loss (nats)"},
      {"steps", steps},
      {"values", values},
      {"lines", {{{"label", "guessing: ln 10"}, {"value", std::log(10.0)}}}},
      {"snapshots", shots},
      {"result", format("After %d steps (%.1f s) the network names %.1f %% of %lld new digits right.", o.steps, seconds,
                        100 * score, static_cast<long long>(data.test.size()))}};
}

// Right column: the trained network that comes with gradus, its weights frozen.
Json maximization_run(const DemoSettings& o, TinyCnn& cnn, const ImageData& data, const Interrupt& interrupt,
                      Frame& frame) {
  const Unit unit = Unit::parse(o.cnn_unit);
  const Observation seen = observe(cnn, data.train, unit, 8, o.threads);
  const ImageSearch how{.steps = o.steps, .snapshots = snapshots, .seed = o.seed, .threads = o.threads};
  const double noise = noise_activation(cnn, unit, 200, how.brightness, how.spread, o.seed, o.threads);
  const std::uint64_t weights_before = hash(cnn.parameters());
  const Stopwatch watch;
  ProgressLine line("demo: maximizing " + o.cnn_unit);
  const Search s = maximize_image(cnn, unit, how, [&](const Step& step) {
    line.show(step.step + 1, o.steps, format("loss %.4f", step.loss));
    frame.stopped = interrupt.pending();
    return !frame.stopped;
  });
  const double seconds = watch.seconds();
  const std::uint64_t weights_after = hash(cnn.parameters());
  const Index side = cnn.config().side;
  Json steps = Json::array(), shots = Json::array(), exemplars = Json::array();
  for (std::size_t i = 0; i < s.activation.size(); ++i) steps.push_back(i);
  for (const Snapshot& shot : s.snapshots)
    shots.push_back({{"step", shot.step},
                     {"caption", format("the image after %d steps", shot.step)},
                     {"hash", hex(hash(shot.input))},
                     {"images", {page_image(shot.input.data(), side, side)}}});
  for (const Excitation& e : seen.most)
    exemplars.push_back(
        page_image(data.train.pixels.data() + e.sample * side * side, side, side, format("%.2f", e.value)));
  const double most = seen.most.front().value, reached = s.activation.back();
  frame.summary["maximization"] = {{"unit", o.cnn_unit},
                                   {"start", s.activation.front()},
                                   {"end", reached},
                                   {"noise_mean", noise},
                                   {"data_mean", seen.mean},
                                   {"data_max", most},
                                   {"seconds", seconds},
                                   {"gradient_buffers", s.leaf_gradients},
                                   {"weights_unchanged", weights_before == weights_after}};
  frame.verdicts.push_back(verdict("The image excites " + o.cnn_unit + " more than any digit of the data",
                                   "activation above the data maximum", format("%.3f against %.3f", reached, most),
                                   reached > most));
  frame.verdicts.push_back(
      verdict("The CNN's weights were frozen", "equal hashes, no gradient buffer but the input's",
              format("%s, %zu buffer", weights_before == weights_after ? "equal" : "different", s.leaf_gradients),
              weights_before == weights_after && s.leaf_gradients == 1));
  frame.settings.push_back(
      {{"name", "CNN maximization"},
       {"value",
        format(
            "Adam, lr %g, %d steps; weight of the mean squared pixel %g, of total variation %g; pixels = sigmoid(free numbers)",
            how.lr, how.steps, how.penalty.l2, how.penalty.total_variation)}});
  return {
      {"unit", o.cnn_unit},
      {"weights", page_leaf(format("%lld weights", static_cast<long long>(count_values(cnn.parameters()))),
                            weights_before, weights_after)},
      {"input", page_leaf("one image", hash(s.start()), hash(s.end()))},
      {"quantity", "activation"},
      {"steps", steps},
      {"values", s.activation},
      {"lines",
       {{{"label", "data maximum"}, {"value", most}},
        {{"label", "data mean"}, {"value", seen.mean}},
        {{"label", "noise mean"}, {"value", noise}}}},
      {"snapshots", shots},
      {"exemplars",
       {{"caption", format("the 8 of %lld digits that excite the unit most", static_cast<long long>(seen.count))},
        {"images", exemplars}}},
      {"result",
       format(
           "The activation rose from %.3f to %.3f, %.1f times the best digit's %.3f. What the image shows is what the unit likes, not what a person would draw.",
           s.activation.front(), reached, reached / most, most)}};
}

}  // namespace

Frame cnn_frame(const DemoSettings& o, const Interrupt& interrupt) {
  Frame frame;
  frame.settings = Json::array();
  frame.verdicts = Json::array();
  const ImageData data = load_images("", o.seed);
  frame.settings.push_back(
      {{"name", "CNN training"},
       {"value", format("Adam, lr 0.001, %d steps, batch %lld; Glyphs, %lld to train, %lld to test", o.steps,
                        static_cast<long long>(batch_size), static_cast<long long>(data.train.size()),
                        static_cast<long long>(data.test.size()))}});
  Json training = training_run(o, data, interrupt, frame);
  if (frame.stopped) return frame;
  TinyCnn cnn{SafetensorsFile(shipped_weights("cnn.safetensors"))};
  Json maximization = maximization_run(o, cnn, data, interrupt, frame);
  if (frame.stopped) return frame;

  Tape t(cnn.parameters(), o.threads);
  const Images batch = image_batch(data.train, batch_size, o.seed, 0);
  const Var x = t.constant(batch.pixels);
  cross_entropy(cnn(x), batch.labels);
  const BothDirections both{.input = x.node().index,
                            .input_label = "images",
                            .weights = format("%lld numbers", static_cast<long long>(count_values(cnn.parameters()))),
                            .unit = o.cnn_unit,
                            .unit_detail = "its mean over the image",
                            .loss_detail = "the loss, in nats"};
  frame.page = {
      {"model", "cnn"},
      {"heading", "A small CNN on drawn digits"},
      {"text",
       "Left: a fresh network learns to name digits; the digits are locked. Right: the same function with trained weights, locked, and one image that climbs until unit " +
           o.cnn_unit + " is as active as it gets."},
      {"training", std::move(training)},
      {"maximization", std::move(maximization)},
      {"tape",
       {{"svg", drawing(t.table(), both)},
        {"gradient_note",
         "Grey: values, forward. Red: the gradient, backward, to the leaf that moves. A locked leaf gets no gradient buffer. Maximization records the tape only as far as the unit."}}}};
  return frame;
}

}  // namespace gradus::app
