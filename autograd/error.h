// Every error of the library is one of these two. what() is one line: what was wrong, what was expected, where.
#pragma once

#include <stdexcept>
#include <string>

#include "autograd/config.h"

namespace gradus {

// Something failed: a shape that does not fit, a value that became NaN, a disk that is full.
struct GRADUS_API Error : std::runtime_error {
  using std::runtime_error::runtime_error;
  ~Error() override;
};

// Something that was given from outside is wrong: an argument, a file, a unit's address.
struct GRADUS_API InputError : Error {
  using Error::Error;
  ~InputError() override;
};

}  // namespace gradus
