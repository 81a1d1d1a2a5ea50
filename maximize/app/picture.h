// Pictures of images: grey bytes, contact sheets, PNG files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "autograd/tensor.h"

namespace gradus::app {

// Values 0 ... 1 to bytes 0 ... 255.
std::vector<std::uint8_t> grey(const Real* values, Index count);

// Images (N, 1, H, W) beside each other, `columns` in a row, each enlarged `zoom` times, with a grey gap.
void write_contact_sheet(const std::string& path, const Tensor& images, Index columns, Index zoom);

}  // namespace gradus::app
