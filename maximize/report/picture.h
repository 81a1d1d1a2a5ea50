// From tensors to pictures.
#pragma once

#include "autograd/tensor.h"
#include "maximize/report/grey_image.h"

namespace gradus {
inline namespace GRADUS_REAL {

// height * width values, 0 black to 1 white; what is outside is cut off.
GRADUS_API GreyImage grey_image(const Real* values, Index height, Index width, std::string caption = "");

// Values of any range: `least` becomes black and `most` white.
GRADUS_API GreyImage grey_image(const Real* values, Index height, Index width, Real least, Real most);

// Images (N, 1, H, W), or (H, W) for one, beside each other, `columns` in a row, each enlarged `zoom` times, with a
// grey gap. Throws Error for another shape and where there is none.
GRADUS_API GreyImage contact_sheet(const Tensor& images, Index columns = 1, Index zoom = 1);

// The same as a PNG file.
GRADUS_API void write_contact_sheet(const std::string& path, const Tensor& images, Index columns, Index zoom);

}  // namespace GRADUS_REAL
}  // namespace gradus
