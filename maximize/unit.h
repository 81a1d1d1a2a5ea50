// Unit: what is observed and what is raised: an address in a model and a place along its channels.
//
//   conv2.relu:5    channel 5 of a (N, C, H, W) activation; its value for an image is the mean over H and W
//   fc1.relu:7      entry 7 of a (N, C) activation
//   h.1.mlp.act:37  entry 37 of a (B, T, C) activation; one value a token
//   a direction     a vector d (C) instead of an index: the value is the inner product with d
#pragma once

#include <string>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct GRADUS_API Unit {
  std::string address;
  Index index = 0;
  Tensor direction;  // empty, or (C): then index is not used

  static Unit parse(const std::string& text);  // "conv2.relu:5"; throws InputError
  static Unit along(std::string address, Tensor direction);
  std::string str() const;
};

// The unit's values in an activation x found at its address: (N, C, H, W) -> (N), (N, C) -> (N), (B, T, C) -> (B, T).
// Throws InputError where the index or the direction does not fit.
GRADUS_API Var unit_values(Var x, const Unit& unit);

// Runs model(input) as far as the unit's address and returns the activation there. Whatever the model would compute
// after it is not computed. Throws InputError where the model has no such address.
template <class Model>
Var run_to(const Model& model, const Var& input, const std::string& address) {
  Tape& t = input.tape();
  struct Stop {  // however the forward pass ends, the tape runs to the end again afterwards
    Tape& tape;
    ~Stop() { tape.stop_at(""); }
  } const stop{t};
  t.stop_at(address);
  try {
    model(input);
  } catch (const ForwardStopped& stopped) {
    return stopped.at;
  }
  std::string known;
  for (const std::string& a : t.addresses()) known += (known.empty() ? "" : " ") + a;
  throw InputError("unit: the model has no address '" + address + "'; it has: " + known);
}

// The unit's activation: the mean of its values over all samples and tokens of the input. (): the thing to raise. It is
// named `activation`, so that whoever looks at the tape finds it.
template <class Model>
Var activation(const Model& model, const Var& input, const Unit& unit) {
  return input.tape().name(mean(unit_values(run_to(model, input, unit.address), unit)), "activation");
}

}  // namespace GRADUS_REAL
}  // namespace gradus
