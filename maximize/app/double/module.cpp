#include "maximize/app/gradchecks.h"

void gradus_run_gradchecks(const std::string& op, std::uint64_t seed, gradus::app::Gradchecks& result) {
  result = gradus::app::run_gradchecks(op, seed);
}
