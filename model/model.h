// Model: a network as a function of one continuous input. Observation and maximization know networks as this alone; a
// network of your own that derives from it can be observed and maximized as the two that are here.
//
//   struct Small final : Model {
//     Conv2d conv{"conv", 1, 4, 3, 1};
//     Linear head{"head", 4 * 27 * 28, 2};
//
//     Var operator()(Operand x) const override {
//       Tape& t = x.var.tape();
//       const Var features = t.name(relu(conv(x)), "conv.relu");
//       return t.name(head(reshape(features, {x.var.shape()[0], -1})), "logits");
//     }
//     Shape input_shape(Index n) const override { return {n, 1, 27, 28}; }
//     Parameters parameters() override { return join({conv.parameters(), head.parameters()}); }
//   };
#pragma once

#include "autograd/parameter.h"
#include "autograd/var.h"

namespace gradus {
inline namespace GRADUS_REAL {

class GRADUS_API Model {
 public:
  virtual ~Model() = default;

  // Records the pass from the input on the input's tape, and names (Tape::name) what can be observed and raised on its
  // way. The first axis is the batch. Throws Error where the input's shape does not fit.
  virtual Var operator()(Operand input) const = 0;

  // The input's shape for a batch of n: images (n, C, H, W); a text's embeddings (n, T, C) with the longest T, where
  // fewer will do.
  virtual Shape input_shape(Index n) const = 0;

  virtual Parameters parameters() = 0;

  // The table (V, C) whose rows tokens become, where the input is a text's embeddings; null where it is not.
  virtual const Parameter* token_embeddings() const { return nullptr; }
};

}  // namespace GRADUS_REAL
}  // namespace gradus
