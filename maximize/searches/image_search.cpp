#include "maximize/searches/image_search.h"

#include <cmath>

#include "maximize/parametrizations/fourier.h"
#include "maximize/parametrizations/pixels.h"
#include "maximize/parametrizations/pyramid.h"
#include "maximize/penalties.h"
#include "maximize/transforms.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

std::shared_ptr<const Transform> transform_of(const ImageSearch& how, const Shape& input) {
  const ImageView& view = how.view;
  std::vector<std::shared_ptr<const Transform>> links;
  if (view.pad > 0) links.push_back(std::make_shared<Pad>(view.pad, how.start.brightness));
  if (view.jitter > 0) links.push_back(std::make_shared<Jitter>(view.jitter, how.seed));
  if (view.rotate > 0 || view.scale != 1)
    links.push_back(std::make_shared<Turn>(view.rotate, 1 / view.scale, view.scale, how.seed));
  if (view.pad > 0) links.push_back(std::make_shared<Crop>(input[2], input[3], how.seed));
  if (view.noise > 0) links.push_back(std::make_shared<InputNoise>(view.noise, how.seed));
  if (links.empty()) return nullptr;
  const auto chain = std::make_shared<Chain>(std::move(links));
  if (view.samples == 1) return chain;
  return std::make_shared<Samples>(chain, view.samples);
}

std::vector<Setting> settings_of(const ImageSearch& how) {
  static constexpr const char* bases[] = {"pixels", "fourier", "pyramid"};
  static constexpr const char* rules[] = {"adam", "sgd", "normalized"};
  const auto whole = [](int n) { return static_cast<std::int64_t>(n); };
  return {{"lr", how.lr},
          {"optimizer", rules[static_cast<int>(how.rule)]},
          {"l1", how.penalty.l1},
          {"l2", how.penalty.l2},
          {"total_variation", how.penalty.total_variation},
          {"blur", how.penalty.blur},
          {"penalties_weighed_by", how.data_maximum},
          {"basis", bases[static_cast<int>(how.basis)]},
          {"decay", how.decay},
          {"levels", whole(how.levels)},
          {"range", how.range == PixelRange::sigmoid ? "sigmoid" : "clamp"},
          {"brightness", how.start.brightness},
          {"spread", how.start.spread},
          {"jitter", whole(how.view.jitter)},
          {"rotate", how.view.rotate},
          {"scale", how.view.scale},
          {"pad", whole(how.view.pad)},
          {"noise", how.view.noise},
          {"samples", whole(how.view.samples)}};
}

}  // namespace

std::unique_ptr<Parametrization> parametrization_of(const ImageSearch& how, const Model& model, Index N) {
  const Shape shape = model.input_shape(N);
  if (how.basis == ImageBasis::fourier) return std::make_unique<Fourier>(shape, how.decay, how.start, how.range);
  if (how.basis == ImageBasis::pyramid) return std::make_unique<Pyramid>(shape, how.levels, how.start, how.range);
  return std::make_unique<Pixels>(shape, how.start, how.range);
}

Record maximize_image(const Model& model, const Objective& raised, const ImageSearch& how, OnMoment watch) {
  Objective objective = raised;
  const double unit = how.data_maximum == 0 ? 1 : std::abs(how.data_maximum);
  const auto penalize = [&](double weight, const Objective& penalty) {
    if (weight > 0) objective += -weight * unit * penalty;
  };
  penalize(how.penalty.l1, mean_absolute());
  penalize(how.penalty.l2, mean_square());
  penalize(how.penalty.total_variation, total_variation());
  penalize(how.penalty.blur, roughness());

  const auto image = parametrization_of(how, model, 1);
  const auto transform = transform_of(how, model.input_shape(1));
  GradientSearch::How search{.steps = how.steps,
                             .optimizer = Adam{how.lr},
                             .draws = 32,
                             .snapshots = how.snapshots,
                             .seed = how.seed,
                             .threads = how.threads,
                             .transform = transform.get()};
  if (how.rule == StepRule::sgd) search.optimizer = Sgd{how.lr};
  if (how.rule == StepRule::normalized) search.optimizer = NormalizedSgd{how.lr};
  Record record = GradientSearch(*image, search).run(model, objective, Search::no_limit, watch);
  record.settings = settings_of(how);
  return record;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
