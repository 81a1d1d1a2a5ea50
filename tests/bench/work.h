// The pieces of work that are timed: gradus_bench runs them alone, gradus_peer side by side with PyTorch, growth.py at
// other sizes. Each is one step of descend (nn/descend.h) taken apart, so that whoever times it decides when it runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "autograd/tape.h"

namespace gradus::bench {

// Sizes of a GPT and of its batch, where they shall not be those that the work is named for.
struct Sizes {
  std::optional<int> layers, heads;
  std::optional<Index> width, context, batch;
};

class Work {
 public:
  virtual ~Work() = default;
  virtual double step() = 0;  // one step; returns the loss before it
  virtual const Tape& tape() const = 0;
  // Multiplications and additions of a step, each counted as one, of its matrix products alone.
  virtual double flops() const = 0;
  // What a peer needs to do the same work: parameters under their names, and the data as "data.NAME".
  virtual void save(const std::string& path) = 0;
};

// The names, as gradus_bench reports them.
std::vector<std::string> work_names();

// threads: 0 for all cores. Throws InputError where nothing has that name.
std::unique_ptr<Work> make_work(const std::string& name, int threads, const Sizes& sizes = {});

}  // namespace gradus::bench
