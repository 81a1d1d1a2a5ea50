// The report page: one self-contained HTML file made of the files in maximize/app/page/ and the data that they show.
#pragma once

#include <string>

#include "maximize/report/run_report.h"

namespace gradus::app {

// The page with its data (the contract stands at the top of page/page.js).
std::string make_page(const PageData& data);

// The two calls of maximize/both_directions.cpp for a class of network, cut out of the file as it was compiled, and what
// is marked in them.
TwoRuns::Code code_of_both_directions(const std::string& network, const std::string& training_moves,
                                      const std::string& maximization_moves);

}  // namespace gradus::app
