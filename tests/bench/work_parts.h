// What the works have in common. Internal: gpt_work.cpp and cnn_work.cpp define them, work.cpp lists them.
#pragma once

#include <functional>
#include <utility>

#include "model/files/safetensors.h"
#include "nn/optimizer.h"
#include "work.h"

namespace gradus::bench {

constexpr Index batches = 8;  // different ones, used in turn
constexpr std::uint64_t seed = 1;

// A loss that an optimizer lowers: what descend does in a step, and nothing else.
class Descent : public Work {
 public:
  double step() final {
    tape_.clear();
    tape_.zero_grad();
    const Var loss = objective(tape_, step_);
    tape_.backward(loss);
    const double value = static_cast<double>(loss.item());
    optimizer_.step(tape_, step_++);
    return value;
  }
  const Tape& tape() const final { return tape_; }

 protected:
  Descent(const Parameters& moving, Optimizer optimizer, int threads)
      : tape_(moving, threads), optimizer_(std::move(optimizer)) {}
  virtual Var objective(Tape& t, Index step) = 0;

 private:
  Tape tape_;
  Optimizer optimizer_;
  int step_ = 0;
};

// The file of Work::save.
void save_with_data(const std::string& path, const Parameters& parameters, std::vector<SafetensorsTensor> tensors);
SafetensorsTensor whole_numbers(std::string name, const Shape& shape, const std::vector<Index>& values);

struct Entry {
  std::string name;
  std::function<std::unique_ptr<Work>(int threads, const Sizes& sizes)> make;
};

// A work of one size: W(arguments..., threads).
template <class W, class... Arguments>
auto maker(Arguments... arguments) {
  return [=](int threads, const Sizes&) { return std::make_unique<W>(arguments..., threads); };
}

std::vector<Entry> gpt_works();
std::vector<Entry> cnn_works();

}  // namespace gradus::bench
