// Whether a model that was read is fit for use.
#pragma once

#include <string>
#include <vector>

#include "model/open.h"

namespace gradus::app {

// What a command reads when it is given this weight file, or this folder: also what stands beside it and tells of it.
std::vector<std::string> files_of(const std::string& weights);

// Whose values are not all finite; null where there is none.
const Parameter* first_not_finite(const Parameters& parameters);

// Throws InputError where the weights of a file hold NaN or infinity.
void expect_finite(const SafetensorsFile& file, const Parameters& weights);

}  // namespace gradus::app
