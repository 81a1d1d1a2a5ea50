#include "maximize/app/training_log.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "autograd/error.h"
#include "model/files/file.h"

namespace gradus::app {
namespace {

constexpr const char* heading = "step,loss,grad_norm,learning_rate\n";

// The heading and the first `count` rows. A last row without its end was cut off and does not count.
std::string first_rows(const std::string& path, int count) {
  const std::string all = read_file(path);
  if (!all.starts_with(heading))
    throw InputError(printable(path, 4096) + ": expected the log of a training run, which begins with " +
                     printable(heading));
  std::size_t end = std::string_view(heading).size();
  for (int row = 0; row < count; ++row) {
    const std::size_t newline = all.find('\n', end);
    if (newline == std::string::npos || all.compare(end, all.find(',', end) - end, std::to_string(row)) != 0)
      throw InputError(printable(path, 4096) + ": expected the " + std::to_string(count) +
                       " rows of the steps before the checkpoint, got " + std::to_string(row));
    end = newline + 1;
  }
  return all.substr(0, end);
}

}  // namespace

TrainingLog::~TrainingLog() {
  if (file_) std::fclose(file_);
}

void TrainingLog::begin(int first) {
  if (path_.empty()) return;
  write_file_atomically(path_, first > 0 ? first_rows(path_, first) : heading);
  file_ = std::fopen(path_.c_str(), "ae");
  if (!file_) throw Error(printable(path_, 4096) + ": cannot be written: " + std::generic_category().message(errno));
}

void TrainingLog::add(const Step& s) {
  if (!file_) return;
  std::fprintf(file_, "%d,%.9g,%.9g,%.9g\n", s.step, s.loss, s.grad_norm, s.learning_rate);
  if (std::fflush(file_) != 0)
    throw Error(printable(path_, 4096) + ": cannot be written: " + std::generic_category().message(errno));
}

}  // namespace gradus::app
