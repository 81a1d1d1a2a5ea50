// gradus tape --step: a backward pass, one node at a time.
#pragma once

#include <istream>
#include <ostream>

#include "autograd/tape.h"

namespace gradus::app {

// Reads commands until q or the end of the input; returns the exit status. A prompt is shown only where someone types.
int walk(Tape& t, const Var& loss, std::istream& in, std::ostream& out, bool prompt);

}  // namespace gradus::app
