// Record: what a run leaves, as plain data: what was raised and how, the curve of each term, the input on its way, what
// it is compared with, what was claimed, and the command that makes it again. maximize/report writes it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "autograd/tensor.h"
#include "maximize/claim.h"

namespace gradus {
inline namespace GRADUS_REAL {

// One value after each step for each start of the batch, as the recording of the step had it.
struct Curve {
  std::string name;
  double weight = 1;           // of the term in the objective
  std::vector<double> values;  // [step * starts + start]; step 0 is the start itself
};

struct Snapshot {
  int step;      // how many steps had been made
  Tensor input;  // what the model's input was: images (N, C, H, W) in [0, 1], or embeddings (N, T, C)
};

// The best input that a search saw: for each start of the batch, by the objective.
struct Best {
  Tensor input;                // (N, ...)
  std::vector<double> values;  // the objective's value there
  std::vector<int> steps;      // after how many steps it was seen
};

struct Setting {
  std::string name;
  std::variant<std::int64_t, double, std::string> value;
};

// A number to hold the result against: the mean over noise, over the data, the data's maximum.
struct Comparison {
  std::string name;
  double value;
};

struct Record {
  std::string objective;  // "conv2.relu:5 - 0.05 mean_square - 0.1 total_variation"
  std::vector<Setting> settings;
  std::string command;  // that makes the run again

  int starts = 1;                   // images or texts in the batch
  Curve total;                      // of the objective, which the search raises
  std::vector<Curve> terms;         // of what it is made of, in its order
  std::vector<Snapshot> snapshots;  // the start first, the end last
  Best best;

  int draws = 1;                   // how many starts were drawn until one was not dead
  std::int64_t spent = 0;          // forward-equivalents: see Search
  std::size_t leaf_gradients = 0;  // gradient buffers that the tape allocated: 1 where the input alone moves
  bool stopped = false;            // by watch
  double seconds = 0;

  std::vector<Comparison> comparisons;
  std::vector<Claim> claims;

  const std::vector<double>& activation() const { return terms.front().values; }  // of a search for one unit
  const Tensor& start() const { return snapshots.front().input; }
  const Tensor& end() const { return snapshots.back().input; }
  int steps() const { return static_cast<int>(total.values.size()) / starts - 1; }
};

}  // namespace GRADUS_REAL
}  // namespace gradus
