// The recipe for one image: which numbers move, from where, what is penalized, through which views the network looks.
#pragma once

#include "maximize/parametrizations/images.h"
#include "maximize/searches/gradient_search.h"

namespace gradus {
inline namespace GRADUS_REAL {

// The penalties' weights, in parts of the unit's largest value on the data, so that one weight serves a logit and a channel.
struct ImagePenalty {
  double l1 = 0;               // of mean_absolute()
  double l2 = 3;               // of mean_square()
  double total_variation = 1;  // of total_variation()
  double blur = 0;             // of roughness()
};

// What stands between the image and the network, drawn anew in each step.
struct ImageView {
  int jitter = 1;     // pixels
  double rotate = 0;  // degrees, either way
  double scale = 1;   // by a factor of up to this, and down to its inverse
  int pad = 0;        // pixels of the start's brightness around the image, before a crop to its size at any place
  double noise = 0;   // Gaussian, its deviation
  int samples = 1;    // of all that, whose mean is taken
};

enum class ImageBasis { pixels, fourier, pyramid };
enum class StepRule { adam, sgd, normalized };

// Over one image, from noise around a brightness or an image; at most 32 noises are drawn. The defaults are the recipe by
// which a network that was trained with noise shows ten digits that a person can read.
struct ImageSearch {
  int steps = 300;
  double lr = 0.05;
  StepRule rule = StepRule::adam;
  ImagePenalty penalty{};
  double data_maximum = 1;  // of the unit on the data, which the penalties are weighed by; its magnitude counts, 0 as 1
  ImageBasis basis = ImageBasis::fourier;
  double decay = 1;  // of Fourier's
  int levels = 4;    // of the pyramid
  PixelRange range = PixelRange::sigmoid;
  Start start{.brightness = 0.5, .spread = 0.1};
  ImageView view{};
  int snapshots = 24;
  std::uint64_t seed = 0;
  int threads = 0;
};

// What moves in such a search, for N images. Throws InputError where the model is none of images.
GRADUS_API std::unique_ptr<Parametrization> parametrization_of(const ImageSearch& how, const Model& model, Index N);

GRADUS_API Record maximize_image(const Model& model, const Objective& raised, const ImageSearch& how, OnMoment watch);

}  // namespace GRADUS_REAL
}  // namespace gradus
