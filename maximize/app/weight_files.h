// Opening a weight file without knowing beforehand which model is in it.
#pragma once

#include <string>

#include "maximize/app/data.h"
#include "maximize/unit.h"
#include "model/cnn.h"
#include "model/gpt.h"

namespace gradus::app {

enum class Model { cnn, gpt };

// By the names of the tensors in the file. Throws InputError where they are neither model's.
Model model_in(const SafetensorsFile& file);

// The same, but throws InputError unless it is the model that a command needs.
void expect_model(const SafetensorsFile& file, Model model);

// Throws InputError unless the model has this unit.
void expect_unit(const TinyCnn& cnn, const Unit& unit);
void expect_unit(const TinyGpt& gpt, const Unit& unit);

// The vocabulary that the file names. Throws InputError where it names none, or one of another size.
Vocabulary vocabulary_of(const SafetensorsFile& file, const TinyGpt& gpt);

}  // namespace gradus::app
