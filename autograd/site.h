// Site: where in the user's source an op was called. Without Real.
#pragma once

#include <source_location>
#include <string>
#include <string_view>

#include "autograd/config.h"

namespace gradus {

using Site = std::source_location;

GRADUS_API std::string_view file_of(const Site& at);  // "train.cpp": the file without its folders
GRADUS_API std::string file_line(const Site& at);     // "train.cpp:41"

}  // namespace gradus
