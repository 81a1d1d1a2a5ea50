// Whether a model that was read is fit for use, and whether a unit that was asked for is one of its own.
#pragma once

#include "maximize/unit.h"
#include "model/open.h"

namespace gradus::app {

// Whose values are not all finite; null where there is none.
const Parameter* first_not_finite(const Parameters& parameters);

// Throws InputError where the weights of a file hold NaN or infinity.
void expect_finite(const SafetensorsFile& file, const Parameters& weights);

// Throws InputError unless the model has this unit.
void expect_unit(const TinyCnn& cnn, const Unit& unit);
void expect_unit(const TinyGpt& gpt, const Unit& unit);

}  // namespace gradus::app
