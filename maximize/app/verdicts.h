// What the judges say of an image, beside what they say wrongly.
#pragma once

#include "maximize/app/command.h"
#include "model/data/images.h"

namespace gradus::app {

struct Verdicts {
  Json json;         // "judges" and "nearest", to be merged into a result
  std::string text;  // the same in lines
};

// The weights of the two judges that come with gradus.
std::vector<std::string> judge_files();

// Of one image (1, 1, 28, 28): what those judges say, with their own errors, and the nearest image of the data,
// with what the nearest one is for images of the test set, the mean of 20.
Verdicts verdicts_of(const Tensor& image, const ImageData& data, int threads);

}  // namespace gradus::app
