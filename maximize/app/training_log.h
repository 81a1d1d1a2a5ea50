// The curve of a training run as CSV, a row a step, there to be read while the run goes on.
#pragma once

#include <cstdio>
#include <string>

#include "nn/descend.h"

namespace gradus::app {

// Columns: step (from 0), the loss before it, the norm of its gradient before clipping, its learning rate. A run that is
// stopped and resumed leaves the same file as one that never stopped.
class TrainingLog {
 public:
  explicit TrainingLog(std::string path) : path_(std::move(path)) {}  // "": none
  TrainingLog(const TrainingLog&) = delete;
  TrainingLog& operator=(const TrainingLog&) = delete;
  ~TrainingLog();

  void begin(
      int first);  // keeps the rows of the steps before `first`; throws InputError where it is another kind of file
  void add(const Step& s);  // throws Error where it cannot be written

 private:
  std::string path_;
  std::FILE* file_ = nullptr;
};

}  // namespace gradus::app
