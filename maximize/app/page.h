// The report page: one self-contained HTML file made of the files in maximize/app/page/ and the data that they show.
#pragma once

#include <string>

#include "autograd/tensor.h"
#include "maximize/app/command.h"

namespace gradus::app {

// The page with its data (the contract stands at the top of page/page.js).
std::string make_page(const Json& data);

// The two calls of maximize/both_directions.cpp for the CNN, cut out of the file as it was compiled.
Json code_of_both_directions();

// An image for the page: values 0 ... 1, as base64 bytes.
Json page_image(const Real* values, Index height, Index width, const std::string& caption = "");
// The same for values of any range, stretched so that the least is black and the most is white.
Json page_image_stretched(const Real* values, Index height, Index width);

}  // namespace gradus::app
