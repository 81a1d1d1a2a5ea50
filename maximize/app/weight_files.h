// Whether a model that was read is fit for use.
#pragma once

#include "model/open.h"

namespace gradus::app {

// Whose values are not all finite; null where there is none.
const Parameter* first_not_finite(const Parameters& parameters);

// Throws InputError where the weights of a file hold NaN or infinity.
void expect_finite(const SafetensorsFile& file, const Parameters& weights);

}  // namespace gradus::app
