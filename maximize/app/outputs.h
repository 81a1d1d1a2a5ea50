// The files of one run of a command: which it reads, and which it will write. Every command asks here before its work.
#pragma once

#include <string>
#include <vector>

namespace gradus::app {

// Throws InputError unless every output can be written, and is none of the inputs and no other output, whatever links,
// second names and spellings of a path lie between them. An input that is a folder stands for every file in it. "" is
// no file. To find out, a file is made in the folder of each output and removed again.
void expect_outputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs);

}  // namespace gradus::app
