#include "maximize/app/training_run.h"

#include <algorithm>
#include <filesystem>

#include "autograd/error.h"
#include "maximize/app/outputs.h"
#include "maximize/app/weight_files.h"
#include "model/files/checkpoint.h"
#include "model/files/file.h"
#include "model/files/safetensors.h"
#include "nn/modules.h"

namespace gradus::app {
namespace {

std::string shown(const std::string& path) {
  return printable(path, 4096);
}

bool is_checkpoint(const std::string& path) {
  try {
    return gradus::is_checkpoint(SafetensorsFile(path));
  } catch (const InputError&) {
    return false;
  }
}

// "--lr was 0.001 and is 0.5", and "the labels differ" of what is kept as a hash.
std::string difference(const std::string& key, const Json& was, const Json& is) {
  static const std::map<std::string, std::string> hashed = {{"data", "the data to train on differ"},
                                                            {"labels", "the labels differ"},
                                                            {"alphabet", "the alphabet of the text differs"},
                                                            {"test", "the data to test on differ"},
                                                            {"validation", "the data to validate on differ"}};
  if (const auto found = hashed.find(key); found != hashed.end()) return found->second;
  std::string name = (key == "model" ? "the " : "--") + key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name + " was " + was.dump() + " and is " + is.dump();
}

void expect_same_run(const std::string& checkpoint, const Json& settings) {
  const SafetensorsFile file(checkpoint);
  const auto& metadata = file.header().metadata;
  const auto kept = metadata.find("settings");
  if (kept == metadata.end()) return;  // load_checkpoint says what it is instead
  const Json before = Json::parse(kept->second, nullptr, false);
  std::string differences;
  for (const auto& [key, value] : settings.items())
    if (!before.is_object() || !before.contains(key))
      file.fail("the checkpoint does not tell the '" + key + "' of its run, so it cannot be resumed");
    else if (before.at(key) != value)
      differences += (differences.empty() ? "" : ", ") + difference(key, before.at(key), value);
  if (!differences.empty()) file.fail("the checkpoint is of another run: " + differences);
}

}  // namespace

void expect_files(const RunOptions& o, const std::string& data) {
  const std::string checkpoint = o.checkpoint();
  expect_outputs({o.out, checkpoint, o.log}, {data});
  std::error_code error;
  if (o.resume || !std::filesystem::exists(checkpoint, error)) return;
  const std::string problem = shown(checkpoint) + ": a file stands there that this run would write over";
  if (!is_checkpoint(checkpoint)) throw InputError(problem + ", and it is no checkpoint; choose another --out");
  if (!o.discard)
    throw InputError(
        shown(checkpoint) +
        ": the checkpoint of a run that did not end; --resume goes on from it, --discard-checkpoint begins anew");
}

void TrainingRun::Snapshot::take(int next_step, const Parameters& of) {
  step = next_step;
  if (parts.empty())
    for (const Parameter* p : of) parts.emplace_back(p->name(), p->value());
  else
    for (std::size_t i = 0; i < of.size(); ++i) parts[i].mutable_value() = of[i]->value();
}

TrainingRun::TrainingRun(const RunOptions& options, const std::string& what, Parameters parameters, Json settings)
    : options_(options),
      parameters_(std::move(parameters)),
      settings_(std::move(settings)),
      checkpoint_(options.checkpoint()),
      profile_(options.profile),
      log_(options.log) {
  line_.emplace("train " + what);
}

void TrainingRun::begin(Optimizer& optimizer) {
  const Parameters everything = join({parameters_, optimizer.state(parameters_)});
  if (options_.resume) {
    expect_same_run(checkpoint_, settings_);
    first_ = load_checkpoint(checkpoint_, everything, settings_.dump());
  }
  next_ = first_;
  newest_.take(first_, everything);
  good_.take(first_, everything);
  log_.begin(first_);
  interrupt_.emplace();
}

bool TrainingRun::after(const Step& s) {
  profile_.add(s.tape);
  log_.add(s);
  next_ = s.step + 1;
  loss_ = s.loss;
  line_->show(next_, options_.steps, format("loss %.4f", s.loss));
  if (newest_.step == s.step) std::swap(newest_, good_);  // this step began with a finite loss
  stopped_ = interrupt_->pending();
  const bool save = stopped_ || (options_.checkpoint_every > 0 && next_ % options_.checkpoint_every == 0);
  if (!save && next_ % snapshot_every != 0) return true;
  expect_finite_weights();
  const Parameters everything = join({parameters_, s.optimizer.state(parameters_)});
  newest_.take(next_, everything);
  if (save && (stopped_ || next_ < options_.steps)) {
    save_checkpoint(checkpoint_, everything, next_, settings_.dump());
    saved_ = true;
  }
  return !stopped_;
}

void TrainingRun::expect_finite_weights() const {
  if (const Parameter* bad = first_not_finite(parameters_))
    throw Error("step " + std::to_string(next_ - 1) + " left values in '" + bad->name() + "' that are not finite");
}

void TrainingRun::fail(const std::string& reason) {
  std::string kept = "; " + shown(options_.out) + " was not written";
  std::error_code error;
  if (good_.step > 0) {
    Parameters all;
    for (Parameter& p : good_.parts) all.push_back(&p);
    save_checkpoint(checkpoint_, all, good_.step, settings_.dump());
    kept += ", " + shown(checkpoint_) + " holds the last good weights, of the first " + std::to_string(good_.step) +
            " steps";
  } else if (saved_) {
    std::filesystem::remove(checkpoint_, error);  // its weights led here
  }
  throw Error(reason + kept);
}

int TrainingRun::interrupted() const {
  std::fprintf(stderr, "gradus: stopped after step %d; the same command with --resume goes on from %s\n", next_,
               shown(checkpoint_).c_str());
  return interrupted_status;
}

void TrainingRun::remove_checkpoint() const {
  std::error_code error;
  std::filesystem::remove(checkpoint_, error);
  if (error) throw Error(shown(checkpoint_) + ": cannot be removed: " + error.message());
}

Json TrainingRun::summary(double seconds) const {
  return {{"steps", next_}, {"resumed_from", first_}, {"loss", loss_}, {"seconds", seconds}, {"out", options_.out}};
}

}  // namespace gradus::app
