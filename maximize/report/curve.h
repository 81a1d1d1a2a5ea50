// A line chart as SVG, for curves of losses and activations: axes with round numbers, each line labelled at its right end
// in its own colour, dashed lines for what they are to be compared with.
//
//   curves({.y = "loss (nats)", .lines = {{"training", steps, losses}}, .levels = {{"guessing: ln 10", 2.30}}})
#pragma once

#include <string>
#include <vector>

#include "maximize/report/run_report.h"

namespace gradus {

struct CurveLine {
  std::string label;
  std::vector<double> x, y;  // of one length, x increasing; where y is not finite the line has a gap
};

struct CurveChart {
  std::string x = "step", y = {};  // what the axes show
  std::vector<CurveLine> lines = {};
  std::vector<Level> levels = {};  // their labels end in "= value"
  int width = 640, height = 320;   // pixels
};

// A drawing that is a file of its own, light or dark as the reader's system is. Throws Error where no line has a finite
// value, where x and y differ in length, and for a chart of less than 240 by 120 pixels.
GRADUS_API std::string curves(const CurveChart& chart);

// A report's values with its levels.
GRADUS_API std::string curves(const RunReport& report);

}  // namespace gradus
