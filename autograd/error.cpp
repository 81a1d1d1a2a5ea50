#include "autograd/error.h"

namespace gradus {

// Defined here, so that the type information exists once and a catch works across shared libraries.
Error::~Error() = default;
InputError::~InputError() = default;

}  // namespace gradus
