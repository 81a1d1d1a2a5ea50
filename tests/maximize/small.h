// A network of the tests' own, over images that are not square, whose activations are known by hand.
#pragma once

#include <algorithm>

#include "maximize/maximize.h"
#include "nn/modules.h"

namespace gradus {

inline constexpr Index H = 27, W = 28;

// Channel 0 of conv.relu is the image, channel 1 the image shifted to the left by a pixel; logits:1 is 5 times the pixel
// at the bottom left plus 0.25.
struct Small final : Model {
  Conv2d conv{"conv", 1, 2, 3, 1};
  Linear head{"head", 2 * H* W, 2};
  mutable int runs = 0;

  Small() {
    for (Parameter* p : parameters()) p->mutable_value().fill(0);
    conv.weight.mutable_value().at({0, 0, 1, 1}) = 1;
    conv.weight.mutable_value().at({1, 0, 1, 2}) = 1;
    head.weight.mutable_value().at({1, (H - 1) * W}) = 5;
    head.bias.mutable_value()[1] = 0.25;
  }
  Var operator()(Operand x) const override {
    ++runs;
    Tape& t = x.var.tape();
    const Var features = t.name(relu(conv(x)), "conv.relu");
    return t.name(head(reshape(features, {x.var.shape()[0], -1})), "logits");
  }
  Shape input_shape(Index n) const override { return {n, 1, H, W}; }
  Parameters parameters() override { return join({conv.parameters(), head.parameters()}); }
};

// x(r, c) = (r + 2 c) / 100 (1, 1, 27, 28)
inline Tensor slope() {
  Tensor x(Shape{1, 1, H, W});
  for (Index r = 0; r < H; ++r)
    for (Index c = 0; c < W; ++c) x[r * W + c] = static_cast<Real>(r + 2 * c) / 100;
  return x;
}

inline Objective unit(const char* text) {
  return Unit::parse(text);
}

inline const auto go_on = [](const Moment&) { return true; };

// Rows i of a batch, as a batch of one.
inline Tensor row(const Tensor& batch, Index i) {
  Tensor one(batch.shape().with(0, 1));
  std::copy_n(batch.data() + i * one.size(), one.size(), one.data());
  return one;
}

}  // namespace gradus
