// gradus tape --quiz: which gradient comes next?
#pragma once

#include "maximize/app/command.h"

namespace gradus::app {

// Asks on standard output and reads answers from standard input, a line each; with --json nothing is asked, and one object
// tells of each question, what was expected, what was given and whether it was right. It ends with the last question, with the
// input, with q, or with Ctrl-C, and always tells the score. Returns the exit status.
int quiz(const Common& common, int questions);

}  // namespace gradus::app
