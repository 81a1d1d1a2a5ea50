// TinyCnn: two convolutions with pooling, two linear layers.
//
//   images (N, 1, 28, 28) -> conv1 5x5, padding 2 -> conv1.relu (N, 16, 28, 28) -> conv1.pool (N, 16, 14, 14)
//                         -> conv2 5x5, padding 2 -> conv2.relu (N, 32, 14, 14) -> conv2.pool (N, 32, 7, 7)
//                         -> fc1 -> fc1.relu (N, 64) -> fc2 -> logits (N, 10)
#pragma once

#include <string>

#include "model/data/images.h"
#include "model/files/safetensors.h"
#include "model/model.h"
#include "nn/modules.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct CnnConfig {
  Index channels1 = 16, channels2 = 32;
  Index hidden = 64;
  Index classes = 10;
  Index side = 28;  // pixels; a multiple of 4
};

class GRADUS_API TinyCnn final : public Model {
 public:
  explicit TinyCnn(const CnnConfig& config);      // values not set: initialize(), or load_weights
  explicit TinyCnn(const SafetensorsFile& file);  // sizes and values from a weight file; throws InputError
  void initialize(std::uint64_t seed);            // PyTorch's defaults

  Var operator()(Operand images) const override;  // (N, 1, side, side), values in [0, 1] -> logits (N, classes)
  template <class... Arguments>
  Var operator()(Arguments&&...) const&& {
    return detail::called_on_a_temporary<Arguments...>();
  }
  Shape input_shape(Index n) const override { return {n, 1, config_.side, config_.side}; }
  Parameters parameters() override;
  const CnnConfig& config() const { return config_; }
  void save(const std::string& path);

 private:
  CnnConfig config_;

 public:
  Conv2d conv1, conv2;
  Linear fc1, fc2;
};

// [label][class]: how many images of a label have their largest logit at a class, in batches of 256. Throws Error where
// a logit is NaN, or there is no image.
using ConfusionTable = std::vector<std::vector<Index>>;
GRADUS_API ConfusionTable confusion(const TinyCnn& cnn, const Images& data, int threads = 0);

// The fraction of images whose largest logit is their label's.
GRADUS_API double accuracy(const ConfusionTable& table);
GRADUS_API double accuracy(const TinyCnn& cnn, const Images& data, int threads = 0);

}  // namespace GRADUS_REAL
}  // namespace gradus
