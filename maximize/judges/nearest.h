// How near an image is to the data: the judge that no network can fool.
#pragma once

#include "model/data/images.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct NearestImage {
  Index number;   // of the image in the data
  double cosine;  // of the angle between the two, as vectors of pixels
};

// For each image (N, 1, 28, 28) the image of the data with the highest cosine, the first of equals. A black image, which has
// no direction, has the cosine 0 to all. Throws Error where there is no data.
GRADUS_API std::vector<NearestImage> nearest_images(const Tensor& images, const Images& data);

}  // namespace GRADUS_REAL
}  // namespace gradus
