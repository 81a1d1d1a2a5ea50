// What stands in the place of a data file by mistake.
#pragma once

#include <string>

#include "model/files/file.h"

namespace gradus {

// For a file that is not of the kind that was expected: what it is instead, as words that follow "got", where it is one of
// the things that often stand in its place: a pointer of Git LFS, a web page, a pickle, a zip archive, JSON. Otherwise "".
GRADUS_API std::string other_kind(const InputFile& file);

}  // namespace gradus
