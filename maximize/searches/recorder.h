// Fills a Record step by step while a search runs.
#pragma once

#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {

class Recorder {
 public:
  // N: the starts in the batch; the record keeps about `snapshots` of `steps`, evenly spread.
  Recorder(Record& record, const Objective& objective, Index N, int steps, int snapshots);

  // The recording of one step, and the model's input in it.
  void add(const Tape& t, const Tensor& input);
  // The last one; its input is kept whatever its number is.
  void finish(const Tape& t, const Tensor& input);

 private:
  void add_values(const Tape& t, const Tensor& input);
  Record& record_;
  int steps_, snapshots_, step_ = 0;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
