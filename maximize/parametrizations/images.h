// What all parametrizations of images share: free numbers, of which each makes pixels in [0, 1], and where they start.
#pragma once

#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {

// How a free number u becomes a pixel. sigmoid: 1 / (1 + exp(-u)), in (0, 1), which every pixel can leave again.
// clamp: u held in [0, 1]; a pixel that has left the range has no gradient any more and keeps its end of it.
enum class PixelRange { sigmoid, clamp };

// Where images start: at `images`, or at a brightness, such as the data's mean; and noise around it.
struct Start {
  double brightness = 0.13;
  double spread = 0.1;  // of the noise, uniform within +-spread
  Tensor images = {};   // (N, C, H, W), or one for all (1, C, H, W), in [0, 1]; empty: the brightness everywhere
};

class GRADUS_API ImageParametrization : public Parametrization {
 public:
  Var input(Tape& t) const final;              // (N, C, H, W), in [0, 1]
  void start(std::uint64_t seed) final;        // each image of a batch draws noise of its own
  virtual Var free_pixels(Tape& t) const = 0;  // the numbers u (N, C, H, W) that become pixels

 protected:
  // name: of the parametrization, for errors. Throws InputError unless shape is (N, C, H, W) and the start fits it.
  ImageParametrization(const char* name, const Shape& shape, Start start, PixelRange range);

  // Moves what moves so that free_pixels() are u, or as near as it gets. quiet: the same without the noise.
  virtual void place(const Tensor& u, const Tensor& quiet) = 0;

 private:
  Shape shape_;
  Start start_;
  PixelRange range_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
