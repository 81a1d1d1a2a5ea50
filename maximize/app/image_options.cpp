#include "maximize/app/image_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "maximize/report/picture.h"

namespace gradus::app {
namespace {

// Which of the words stands there; their place is the enumerator's. Throws InputError for any other.
template <class Enum>
Enum one_of(const std::string& option, const std::string& word, std::initializer_list<const char*> words) {
  std::string all;
  for (const char* each : words) all += (all.empty() ? "" : ", ") + std::string(each);
  for (auto each = words.begin(); each != words.end(); ++each)
    if (word == *each) return static_cast<Enum>(each - words.begin());
  throw InputError(option + ": expected one of " + all + ", got '" + word + "'");
}

}  // namespace

void ImageOptions::add_to(Command& command) {
  command.flag("--minimize", minimize, "Images: lower the unit instead");
  command.text("--basis", basis, "Images: what moves: pixels, fourier (coefficients) or pyramid (coarse to fine)");
  command.number("--decay", search.decay, "Of --basis fourier: a wave of frequency f moves by 1 / f^DECAY",
                 number_from_0(10));
  command.number("--levels", search.levels, "Of --basis pyramid: how many", whole_number(1, 16));
  command.text("--range", range, "Images: how numbers become pixels in [0, 1]: sigmoid or clamp");
  command.text("--optimizer", optimizer, "Images: adam, sgd, or normalized (the gradient by its mean magnitude)");
  command.text("--start", start, "Images: noise, mean (of the data), or the number of an image of the data");
  command.number("--brightness", search.start.brightness, "Images: of the noise to start from", number_from_0(1));
  command.number("--spread", search.start.spread, "Images: of the noise, also around --start", number_from_0(1));
  command.number("--l1", search.penalty.l1, "Images: weight of the mean pixel, in the unit's data maxima",
                 number_from_0());
  command.number("--l2", search.penalty.l2, "Images: weight of the mean squared pixel, the same", number_from_0());
  command.number("--tv", search.penalty.total_variation, "Images: weight of the total variation, the same",
                 number_from_0());
  command.number("--blur", search.penalty.blur,
                 "Images: weight of the squared difference from the blurred image, the same", number_from_0());
  command.number("--jitter", search.view.jitter, "Images: shift by up to so many pixels, another way in each step",
                 whole_number(0, 1000));
  command.number("--rotate", search.view.rotate, "Images: turn by up to so many degrees", number_from_0(180));
  command.number("--scale", search.view.scale, "Images: enlarge by up to this factor, or reduce",
                 {false, 1, 10, false});
  command.number("--pad", search.view.pad, "Images: pad by so many pixels, then crop at any place",
                 whole_number(0, 1000));
  command.number("--noise", search.view.noise, "Images: add Gaussian noise of this deviation", number_from_0(100));
  command.number("--samples", search.view.samples, "Images: draw all this so often in a step, and take the mean",
                 whole_number(1, 1000));
  command.file("--map", map, "Images: a picture to write as well: where the gradient went, summed over the steps");
}

void ImageOptions::read() {
  search.basis = one_of<ImageBasis>("--basis", basis, {"pixels", "fourier", "pyramid"});
  search.range = one_of<PixelRange>("--range", range, {"sigmoid", "clamp"});
  search.rule = one_of<StepRule>("--optimizer", optimizer, {"adam", "sgd", "normalized"});
}

Tensor ImageOptions::start_image(const Images& data) const {
  if (start == "noise") return {};
  if (start == "mean") {
    Tape t({}, 1);
    return mean(t.constant(data.pixels), {0}, true).value();
  }
  Index number = 0;
  const auto [stopped, error] = std::from_chars(start.data(), start.data() + start.size(), number);
  if (error != std::errc() || stopped != start.data() + start.size() || number < 0 || number >= data.size())
    throw InputError("--start: expected noise, mean, or the number of an image from 0 to " +
                     std::to_string(data.size() - 1) + ", got '" + start + "'");
  return image_range(data, number, number + 1).pixels;
}

void GradientMap::add(const Tape& t) {
  const Var x = t.find("input");
  if (!x.has_grad()) return;
  const Tensor& g = x.grad();
  if (sum_.empty()) sum_ = Tensor::zeros(g.shape());
  for (Index i = 0; i < g.size(); ++i) sum_[i] += std::abs(g[i]);
}

void GradientMap::write(const std::string& path) const {
  if (sum_.empty()) return;
  Tensor scaled = sum_;
  const Real most = *std::max_element(sum_.values().begin(), sum_.values().end());
  if (most > 0)
    for (Real& v : scaled.values()) v /= most;
  write_contact_sheet(path, scaled, 1, 8);
}

}  // namespace gradus::app
