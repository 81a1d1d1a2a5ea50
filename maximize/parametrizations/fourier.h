// Images by their Fourier coefficients, the slow waves first: what moves a coefficient moves the whole image, and the fine
// waves are scaled down, so that an ascent does not end in high-frequency noise (Olah, Mordvintsev, Schubert 2017, "Feature
// Visualization", on preconditioning).
//
// For a row of n pixels the waves are 1, cos(2 pi k j / n), sin(2 pi k j / n) with k = 1, 2, ... below n / 2, and for an even
// n also cos(pi j). Scaled to length 1 they are the rows of an orthogonal matrix F_n (n, n), for any n, odd or even. With
// the scale S (H, W) and the coefficients c,
//
//   u = F_H^T (S * c) F_W,    (N, C, H, W)
//
// which spans all images: each has coefficients, c = F_H u F_W^T / S.
#pragma once

#include "maximize/parametrizations/images.h"

namespace gradus {
inline namespace GRADUS_REAL {

// F_n (n, n): row 0 is the constant, rows 2 k - 1 and 2 k are the cosine and the sine with k waves in n pixels.
GRADUS_API Tensor fourier_basis(Index n);

class GRADUS_API Fourier final : public ImageParametrization {
 public:
  // A wave with k_H waves down and k_W across has the frequency f = sqrt((k_H / H)^2 + (k_W / W)^2) in waves a pixel, and the
  // scale sqrt(H W) (f_1 / max(f, f_1))^decay, where f_1 = 1 / max(H, W) is the slowest wave's. So 1 in the first coefficient
  // is 1 in each free pixel. decay 0: all waves alike; 1: 1/f, as in photographs. Throws InputError unless it is finite and
  // at least 0. The noise of a start has the waves' scale too, and the pixels' deviation of the noise that Start asks for.
  explicit Fourier(const Shape& shape, double decay = 1, Start start = {}, PixelRange range = PixelRange::sigmoid);

  Parameters parameters() override { return {&coefficients}; }
  Var free_pixels(Tape& t) const override;

  Parameter coefficients;  // (N, C, H, W)

 private:
  void place(const Tensor& u, const Tensor& quiet) override;
  Tensor rows_, columns_, scale_;  // F_H (H, H), F_W (W, W), S (H, W)
};

}  // namespace GRADUS_REAL
}  // namespace gradus
