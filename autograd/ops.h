// Every op, in the order of the files in autograd/ops/, where its formula, derivation and code stand.
// An argument is an Operand: a Var, or a number where that makes sense. Shapes are given as PyTorch gives them; axes
// may be negative and then count from the end. A wrong shape throws Error, which names the op, what it expected, what
// it got, the scope and the caller's line. B T C V nh hs, N C H W and M K N: see shape.h.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "autograd/index_tensor.h"
#include "autograd/var.h"

namespace gradus {
inline namespace GRADUS_REAL {

using Axes = std::initializer_list<int>;  // {} means all axes

// --- ops/arithmetic.cpp: elementwise with two arguments; shapes broadcast by PyTorch's rule
GRADUS_API Var operator+(Operand a, Operand b);
GRADUS_API Var operator-(Operand a, Operand b);
GRADUS_API Var operator*(Operand a, Operand b);
GRADUS_API Var operator/(Operand a, Operand b);
GRADUS_API Var operator-(Operand a);
// loss += y records loss + y and lets `loss` stand for it.
inline Var& operator+=(Var& a, Operand b) {
  return a = Operand(a, b.at) + b;
}
inline Var& operator-=(Var& a, Operand b) {
  return a = Operand(a, b.at) - b;
}
inline Var& operator*=(Var& a, Operand b) {
  return a = Operand(a, b.at) * b;
}
inline Var& operator/=(Var& a, Operand b) {
  return a = Operand(a, b.at) / b;
}
GRADUS_API Var maximum(Operand a, Operand b);  // at a tie each gets half of the gradient, as in PyTorch
GRADUS_API Var minimum(Operand a, Operand b);
GRADUS_API Var where(Operand condition, Operand a, Operand b);  // a where condition is not 0, else b
GRADUS_API Var power(Operand a, double exponent);               // a^exponent, the exponent a fixed number

// --- ops/elementwise.cpp: elementwise with one argument
GRADUS_API Var exp(Operand x);
GRADUS_API Var log(Operand x);  // natural
GRADUS_API Var sqrt(Operand x);
GRADUS_API Var square(Operand x);
GRADUS_API Var abs(Operand x);                             // gradient 0 at 0
GRADUS_API Var clamp(Operand x, double low, double high);  // gradient 1 inside and on the bounds, 0 outside

// --- ops/activations.cpp
GRADUS_API Var tanh(Operand x);
GRADUS_API Var sigmoid(Operand x);
GRADUS_API Var relu(Operand x);       // gradient 0 at 0
GRADUS_API Var gelu(Operand x);       // x Phi(x), with erf
GRADUS_API Var gelu_tanh(Operand x);  // its tanh approximation, GPT-2's

// --- ops/reductions.cpp: over the given axes; keepdim leaves them with size 1
GRADUS_API Var sum(Operand x, Axes axes = {}, bool keepdim = false);
GRADUS_API Var mean(Operand x, Axes axes = {}, bool keepdim = false);
GRADUS_API Var max(Operand x, Axes axes = {}, bool keepdim = false);  // ties share the gradient equally, as amax does

// --- ops/softmax.cpp: along one axis
GRADUS_API Var softmax(Operand x, int axis = -1);
GRADUS_API Var log_softmax(Operand x, int axis = -1);
GRADUS_API Var logsumexp(Operand x, int axis = -1, bool keepdim = false);

// --- ops/matmul.cpp
// (M, K)(K, N) -> (M, N); with more axes, (..., M, K)(..., K, N) -> (..., M, N), the leading ones broadcast.
GRADUS_API Var matmul(Operand a, Operand b);

// --- ops/linear.cpp: the leading axes of x are flattened to the rows of a matrix, without a copy
// x (..., K), weight (N, K) as in PyTorch, bias (N) -> (..., N): x W^T + b
GRADUS_API Var linear(Operand x, Operand weight);
GRADUS_API Var linear(Operand x, Operand weight, Operand bias);
// The same with weight (K, N), as in GPT-2's checkpoints (Conv1D): x W + b
GRADUS_API Var conv1d_1x1(Operand x, Operand weight, Operand bias);

// --- ops/shape.cpp
GRADUS_API Var transpose(Operand x, int axis_a = -2, int axis_b = -1);
GRADUS_API Var permute(Operand x, Axes order);                          // axis i of the result is axis order[i] of x
GRADUS_API Var reshape(Operand x, const Shape& shape);                  // the same number of values
GRADUS_API Var reshape(Operand x, std::initializer_list<Index> sizes);  // the same; one size may be -1
// x[begin:end:step] along one axis; a negative begin or end counts from the axis' end. Unlike in Python, both must lie
// inside the axis.
GRADUS_API Var slice(Operand x, int axis, Index begin, Index end, Index step = 1);
GRADUS_API Var pad(Operand x, int axis, Index before, Index after, double value = 0);
GRADUS_API Var concat(std::span<const Var> parts, int axis, Site at = Site::current());
GRADUS_API Var stack(std::span<const Var> parts, int axis, Site at = Site::current());  // along a new axis
inline Var concat(std::initializer_list<Var> parts, int axis, Site at = Site::current()) {
  return concat(std::span<const Var>(parts.begin(), parts.size()), axis, at);
}
inline Var stack(std::initializer_list<Var> parts, int axis, Site at = Site::current()) {
  return stack(std::span<const Var>(parts.begin(), parts.size()), axis, at);
}

// --- ops/indexing.cpp
// Picks along one axis, as torch.gather: result[i][j] = x[i][index[i][j]] for axis 1; index has x's rank.
GRADUS_API Var gather(Operand x, int axis, const IndexTensor& index);
// Rows of weight (V, C) by number: ids of shape S -> (S..., C).
GRADUS_API Var embedding(Operand weight, const IndexTensor& ids);

// --- ops/conv.cpp: images (N, C, H, W)
// weight (C_out, C, kH, kW), bias (C_out) -> (N, C_out, H_out, W_out); H_out = (H + 2 padding - kH) / stride + 1
GRADUS_API Var conv2d(Operand x, Operand weight, Operand bias, int stride = 1, int padding = 0);

// --- ops/pool.cpp: windows of size x size, side by side; rows and columns that do not fill a window are left out.
// At a tie the first of the window in row-major order gets the gradient, as in PyTorch; a NaN in a window is its
// maximum.
GRADUS_API Var max_pool2d(Operand x, int size);
GRADUS_API Var avg_pool2d(Operand x, int size);

// --- ops/layer_norm.cpp: over the last axis. x (..., C), weight (C), bias (C); biased variance, as in PyTorch
GRADUS_API Var layer_norm(Operand x, Operand weight, Operand bias, double eps = 1e-5);

// --- ops/attention.cpp: causal self-attention, softmax(q k^T / sqrt(hs) + mask) v in each of n_head heads
// q (B, T, C), k and v (B, U, C), C = nh hs -> (B, T, C): the queries stand at the last T of U >= T positions
GRADUS_API Var causal_attention(Operand q, Operand k, Operand v, int n_head);
GRADUS_API Var causal_attention(Operand qkv, int n_head);  // (B, T, 3 C), q, k and v beside each other -> (B, T, C)

// --- ops/dropout.cpp: zero with probability p, the rest scaled by 1 / (1 - p); the identity unless
// Tape::enable_dropout
GRADUS_API Var dropout(Operand x, double p);

// --- ops/losses.cpp
inline constexpr Index ignore_index = -100;  // a target to leave out of the mean, as in PyTorch
// logits (..., V), one target below V for each row -> (): the mean of -log softmax(logits)[target], in nats
GRADUS_API Var cross_entropy(Operand logits, std::span<const Index> targets);
GRADUS_API Var mse_loss(Operand x, Operand target);  // equal shapes -> (): the mean of (x - target)^2

}  // namespace GRADUS_REAL
}  // namespace gradus
