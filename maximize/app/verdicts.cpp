#include "maximize/app/verdicts.h"

#include "maximize/judges/judge.h"
#include "maximize/judges/nearest.h"

namespace gradus::app {
namespace {

std::string named(const Opinion& o) {
  return o.label == Judge::no_digit ? "no digit" : std::to_string(o.label);
}

}  // namespace

std::vector<std::string> judge_files() {
  return {shipped_weights("judge1.safetensors"), shipped_weights("judge2.safetensors")};
}

Verdicts verdicts_of(const Tensor& image, const ImageData& data, int threads) {
  Verdicts all;
  for (const std::string& path : judge_files()) {
    const SafetensorsFile file(path);
    const Judge judge(file);
    const Judge::Errors errors = errors_in(file);
    const Opinion says = judged(judge, image, threads).front();
    all.json["judges"].push_back({{"says", named(says)},
                                  {"probability", says.probability},
                                  {"error_natural", errors.natural},
                                  {"error_reject", errors.reject}});
    all.text += format(
        "a judge says: %s (%.3f); it is wrong on %.1f %% of images of digits, and takes %.1f %% of those of none for one\n",
        named(says).c_str(), says.probability, 100 * errors.natural, 100 * errors.reject);
  }
  const NearestImage nearest = nearest_images(image, data.train).front();
  const Index count = std::min<Index>(20, data.test.size());
  double natural = 0;
  for (const NearestImage& n : nearest_images(image_range(data.test, 0, count).pixels, data.train))
    natural += n.cosine / static_cast<double>(count);
  all.json["nearest"] = {{"image", nearest.number}, {"cosine", nearest.cosine}, {"of_natural_images", natural}};
  all.text += format("nearest image of %s: number %lld, cosine %.3f (of other images of it %.3f)\n", data.name.c_str(),
                     static_cast<long long>(nearest.number), nearest.cosine, natural);
  return all;
}

}  // namespace gradus::app
