#include "maximize/app/profile.h"

namespace gradus::app {
namespace {

Json to_json(const char* what, const std::vector<ProfileRow>& rows, double step_seconds) {
  Json all = Json::array();
  for (const ProfileRow& row : rows)
    all.push_back({{what, row.name},
                   {"nodes", row.nodes},
                   {"forward_ms", 1000 * row.forward},
                   {"backward_ms", 1000 * row.backward},
                   {"share", step_seconds > 0 ? row.seconds() / step_seconds : 0},
                   {"gflops", row.flops > 0 ? Json(row.gflops()) : Json()},
                   {"bytes", row.bytes}});
  return all;
}

}  // namespace

void ProfileOption::add(Tape& tape) {
  if (on_) profile_.add(tape);
}

void ProfileOption::add_to(Json& json_of_run) const {
  if (!on_) return;
  const double step = profile_.step_seconds(), outside = profile_.outside_seconds();
  json_of_run["profile"] = {{"steps", profile_.steps()},
                            {"warm_up_steps", profile_.skipped()},
                            {"step_ms", 1000 * step},
                            {"ops", to_json("op", profile_.ops(), step)},
                            {"modules", to_json("module", profile_.modules(), step)},
                            {"outside", {{"ms", 1000 * outside}, {"share", step > 0 ? outside / step : 0}}}};
}

std::string ProfileOption::text() const {
  return on_ ? "\n" + profile_.text() : "";
}

}  // namespace gradus::app
