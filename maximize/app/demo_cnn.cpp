// The demo's CNN, on Glyphs.
#include <algorithm>
#include <cmath>
#include <utility>

#include "maximize/app/demo.h"
#include "maximize/app/page.h"
#include "maximize/both_directions.h"
#include "maximize/observation/observe.h"
#include "maximize/report/picture.h"
#include "maximize/searches/image_search.h"
#include "model/data/load_images.h"

namespace gradus::app {
namespace {

constexpr Index batch_size = 64;

// The first image of each digit.
Images one_of_each(const Images& images, Index classes) {
  Images picked{Tensor(images.pixels.shape().with(0, classes)), {}, {}};
  const Index size = images.pixels.shape().inner(0);
  for (Index label = 0; label < classes; ++label) {
    const auto at = std::find(images.labels.begin(), images.labels.end(), label) - images.labels.begin();
    std::copy_n(images.pixels.data() + at * size, size, picked.pixels.data() + label * size);
    picked.labels.push_back(label);
  }
  return picked;
}

class CnnDemo final : public DemoModel {
 public:
  explicit CnnDemo(const DemoSettings& o)
      : o_(o),
        unit_(Unit::parse(o.cnn_unit)),
        data_(load_images("", o.seed)),
        quick_(image_range(data_.test, 0, 500)),
        fresh_(CnnConfig{}),
        trained_(SafetensorsFile(shipped_weights("cnn.safetensors"))),
        probes_(one_of_each(data_.test, fresh_.config().classes)),
        how_{.steps = o.steps,
             .penalty = {.l2 = 0.05, .total_variation = 0.1},
             .basis = ImageBasis::pixels,
             .start = {},
             .view = {.jitter = 0},
             .seed = o.seed,
             .threads = o.threads} {
    fresh_.initialize(o.seed);
  }

  TwoRuns plan() override {
    TwoRuns p{
        .model = "cnn",
        .heading = "A small CNN on drawn digits",
        .text =
            "Left: a fresh network learns to name digits; the digits are locked. Right: the same function with trained weights, locked, and one image that climbs until unit " +
            o_.cnn_unit + " is as active as it gets.",
        .code = code_of_both_directions("TinyCnn", "cnn.parameters()", "input.parameters()"),
        .drawing_note =
            "Grey: values, forward. Red: the gradient, backward, to the leaf that moves. A locked leaf gets no gradient buffer. Maximization records the tape only as far as the unit."};
    plan_training(p.training);
    plan_maximization(p.maximization);
    return p;
  }

  Parameters fresh() override { return fresh_.parameters(); }
  std::uint64_t hash_of_data() const override { return hash(data_.train.pixels); }
  void train(OnStep show) override {
    const Batches batches{.size = batch_size, .seed = o_.seed};
    gradus::train(fresh_, data_.train, batches, Adam{1e-3}, Budget(o_.steps, 0, o_.threads), show);
  }
  double loss(int step) const override {
    Tape t({}, o_.threads);
    const Images batch = image_batch(data_.train, batch_size, o_.seed, static_cast<std::uint64_t>(step));
    return cross_entropy(fresh_(t.constant(batch.pixels)), batch.labels).item();
  }
  double quick_score() const override { return accuracy(fresh_, quick_, o_.threads); }
  double score() const override { return accuracy(fresh_, data_.test, o_.threads); }
  const char* name_of_score() const override { return "accuracy"; }

  Scene scene(double score) const override {
    return {.caption = format("%.1f %% of new digits right", 100 * score),
            .predictions = predictions(),
            .sheets = {filters()}};
  }
  std::string result(double seconds, double score) const override {
    return format("After %d steps (%.1f s) the network names %.1f %% of %lld new digits right.", o_.steps, seconds,
                  100 * score, static_cast<long long>(data_.test.size()));
  }

  Parameters trained() override { return trained_.parameters(); }
  Record maximize(OnMoment show) override { return maximize_image(trained_, unit_, how_, show); }

  std::vector<Scene> scenes(const Record& s) const override {
    const Index side = trained_.config().side;
    const Tensor last = where(s.end());
    std::vector<Scene> all;
    for (const Snapshot& shot : s.snapshots) {
      Scene m{.step = shot.step,
              .caption = "the image",
              .hash = hash(shot.input),
              .sheets = {{.images = {grey_image(shot.input.data(), side, side)}, .black = "0", .white = "1"}}};
      if (last.size() > 1) {
        const auto [least, most] = std::minmax_element(last.values().begin(), last.values().end());
        const Tensor map = where(shot.input);
        const Real black = std::min(*least, Real(0));
        m.sheets.push_back({.images = {grey_image(map.data(), map.shape()[0], map.shape()[1], black, *most)},
                            .caption = "where in it " + o_.cnn_unit + " fires",
                            .black = format("%.2g", static_cast<double>(black)),
                            .white = format("%.2g", static_cast<double>(*most))});
        m.sheets.front().caption = std::exchange(m.caption, "");
      }
      all.push_back(std::move(m));
    }
    return all;
  }

  void conclude(RunReport& r) const override {
    const double most = level(r, data_maximum);
    r.result = format(
        "The activation rose from %.3f to %.3f, %.1f times the best digit's %.3f. What the image shows is what the unit likes, not what a person would draw.",
        r.first(), r.last(), r.last() / most, most);
  }

  BothDirections record_training(Tape& t) override {
    const Images batch = image_batch(data_.train, batch_size, o_.seed, 0);
    const Var x = t.constant(batch.pixels);
    cross_entropy(trained_(x), batch.labels);
    return {.input = x.node().index,
            .axes = {{"N", 1}},
            .input_label = "images",
            .weights = format("%lld numbers", static_cast<long long>(count_values(trained_.parameters()))),
            .unit = o_.cnn_unit,
            .unit_detail = "its mean over the image",
            .loss_detail = "the loss, in nats"};
  }

 private:
  std::string weights() { return format("%lld weights", static_cast<long long>(count_values(trained_.parameters()))); }

  void plan_training(RunReport& r) {
    r.quantity = "loss (nats)";
    r.levels = {{"guessing: ln 10", std::log(10.0)}};
    r.moving.name = weights();
    r.locked.name = format("%lld digits", static_cast<long long>(data_.train.size()));
    r.probes = {.caption = "What it says of ten new digits, and how sure it is:", .black = "0", .white = "1"};
    for (Index i = 0; i < probes_.size(); ++i) {
      const Index side = probes_.pixels.shape()[2];
      r.probes.images.push_back(grey_image(probes_.pixels.data() + i * side * side, side, side));
    }
    r.settings = {
        {"CNN training", format("Adam, lr 0.001, %d steps, batch %lld; Glyphs, %lld to train, %lld to test", o_.steps,
                                static_cast<long long>(batch_size), static_cast<long long>(data_.train.size()),
                                static_cast<long long>(data_.test.size()))}};
  }

  void plan_maximization(RunReport& r) {
    const Observation seen = observe(trained_, data_.train, unit_, 8, o_.threads);
    r.quantity = "activation";
    r.unit = o_.cnn_unit;
    const auto noises = parametrization_of(how_, trained_, 200);
    r.levels = {{data_maximum, seen.most.front().value},
                {data_mean, seen.mean},
                {noise_mean, noise_activation(trained_, unit_, *noises, o_.seed, o_.threads)}};
    r.moving.name = "one image";
    r.locked.name = weights();
    r.exemplars = {
        .caption = format("the 8 of %lld digits that excite the unit most", static_cast<long long>(seen.count)),
        .black = "0",
        .white = "1"};
    const Index side = trained_.config().side;
    for (const Excitation& e : seen.most)
      r.exemplars.images.push_back(
          grey_image(data_.train.pixels.data() + e.sample * side * side, side, side, format("%.2f", e.value)));
    r.claims = {{.claim = "The image excites " + o_.cnn_unit + " more than any digit of the data",
                 .threshold = "activation above the data maximum"}};
    r.settings = {
        {"CNN maximization",
         format(
             "Adam, lr %g, %d steps; weight of the mean squared pixel %g, of total variation %g; pixels = sigmoid(free numbers)",
             how_.lr, how_.steps, how_.penalty.l2, how_.penalty.total_variation)}};
  }

  std::vector<Prediction> predictions() const {
    Tape t({}, o_.threads);
    const Tensor p = softmax(fresh_(t.constant(probes_.pixels))).value();
    const Index classes = p.shape()[1];
    std::vector<Prediction> all;
    for (Index i = 0; i < probes_.size(); ++i) {
      const Real* row = p.data() + i * classes;
      const Index best = std::max_element(row, row + classes) - row;
      all.push_back({std::to_string(best), static_cast<double>(row[best]), best == probes_.labels[i]});
    }
    return all;
  }

  Sheet filters() const {
    const Tensor& w = fresh_.conv1.weight.value();
    Sheet sheet{.caption = format("the %lld filters of conv1", static_cast<long long>(w.shape()[0])),
                .black = "each one's least",
                .white = "its greatest"};
    for (Index i = 0; i < w.shape()[0]; ++i) {
      const Real* one = w.data() + i * w.shape().inner(0);
      const auto [least, most] = std::minmax_element(one, one + w.shape().inner(0));
      sheet.images.push_back(grey_image(one, w.shape()[2], w.shape()[3], *least, *most));
    }
    return sheet;
  }

  // The unit's channel over the image: (H, W); of a unit without places (0).
  Tensor where(const Tensor& image) const {
    Tape t({}, o_.threads);
    const Tensor x = run_to(trained_, t.constant(image), unit_.address).value();
    if (x.shape().rank() != 4) return {};
    const Index H = x.shape()[2], W = x.shape()[3];
    Tensor map(Shape{H, W});
    std::copy_n(x.data() + unit_.index * H * W, H * W, map.data());
    return map;
  }

  DemoSettings o_;
  Unit unit_;
  ImageData data_;
  Images quick_;
  TinyCnn fresh_, trained_;
  Images probes_;
  ImageSearch how_;
};

}  // namespace

std::unique_ptr<DemoModel> cnn_demo(const DemoSettings& settings) {
  return std::make_unique<CnnDemo>(settings);
}

}  // namespace gradus::app
