// A second opinion on images: a network of another architecture that says which digit an image shows, or that it shows none.
// A judge without the class "no digit" is worthless: it must call noise some digit, and it is sure of it.
//
//   images (N, 1, 28, 28) -> conv1 3x3, gelu, average pooling (N, 16, 14, 14) -> conv2 3x3, gelu, average pooling
//   (N, 32, 7, 7) -> conv3 3x3, gelu (N, 32, 7, 7) -> head -> logits (N, 11), the last one of "no digit"
#pragma once

#include <string>

#include "model/data/images.h"
#include "model/files/safetensors.h"
#include "model/model.h"
#include "nn/descend.h"
#include "nn/modules.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API Judge final : public Model {
 public:
  static constexpr Index no_digit = 10;  // the class

  Judge();                                      // values not set: initialize(), or load_weights
  explicit Judge(const SafetensorsFile& file);  // throws InputError
  void initialize(std::uint64_t seed);          // PyTorch's defaults

  Var operator()(Operand images) const override;
  Shape input_shape(Index n) const override { return {n, 1, 28, 28}; }
  Parameters parameters() override;

  // How often it is wrong: on natural images, which it takes for another digit or for none; on images that show no digit
  // (rejects.h), which it takes for one. Fractions.
  struct Errors {
    double natural = 1, reject = 1;
  };
  void save(const std::string& path, const Errors& errors);  // the file tells them too

  Conv2d conv1, conv2, conv3;
  Linear head;
};

// What the file says of its judge's errors, measured when it was made. Throws InputError where it says nothing.
GRADUS_API Judge::Errors errors_in(const SafetensorsFile& file);

// What a judge says of one image.
struct Opinion {
  Index label;         // 0 to 9, or Judge::no_digit
  double probability;  // that it gives to this
};
GRADUS_API std::vector<Opinion> judged(const Judge& judge, const Tensor& images, int threads = 0);

// Trains on batches of which one half are natural images with a little noise, the other half images that show no digit.
GRADUS_API Progress train(Judge& judge, const Images& data, Index batch, std::uint64_t seed, Optimizer optimizer,
                          Budget budget, OnStep show);

// On these images and on as many that are made of them and show no digit, a function of the seed.
GRADUS_API Judge::Errors errors_of(const Judge& judge, const Images& data, std::uint64_t seed, int threads = 0);

}  // namespace GRADUS_REAL
}  // namespace gradus
