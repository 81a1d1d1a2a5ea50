// Whether a unit that was asked for is one of the model's.
#pragma once

#include "maximize/unit.h"
#include "model/open.h"

namespace gradus::app {

// Throws InputError unless the model has this unit.
void expect_unit(const TinyCnn& cnn, const Unit& unit);
void expect_unit(const TinyGpt& gpt, const Unit& unit);

}  // namespace gradus::app
