// Every op, in the order of the files in autograd/ops/, where its formula, derivation and code stand.
// An argument is an Operand: a Var, or a number where that makes sense. Shapes are given as PyTorch gives them; axes
// may be negative and then count from the end. A wrong shape throws Error, which names the op, what it expected, what
// it got, the scope and the caller's line; so does a result that no memory holds. B T C V nh hs, N C H W and M K N: see shape.h.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "autograd/index_tensor.h"
#include "autograd/var.h"

namespace gradus {
inline namespace GRADUS_REAL {

// Axes of a tensor, {} for all: sum(x, {0, -1}); or known only when the program runs: Axes(vector). Throws Error for a
// seventh axis.
class GRADUS_API Axes {
 public:
  Axes() = default;
  Axes(std::initializer_list<int> axes) : Axes(std::span(axes.begin(), axes.size())) {}
  explicit Axes(std::span<const int> axes);

  const int* begin() const { return axes_; }
  const int* end() const { return axes_ + size_; }
  std::size_t size() const { return size_; }

 private:
  int axes_[Shape::max_rank] = {};
  std::size_t size_ = 0;
};

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
// At a tie each gets half of the gradient, at a NaN in either both get all of it, as in PyTorch.
GRADUS_API Var maximum(Operand a, Operand b);
GRADUS_API Var minimum(Operand a, Operand b);
GRADUS_API Var where(Operand condition, Operand a, Operand b);  // a where condition is not 0, else b
GRADUS_API Var power(Operand a, double exponent);               // a^exponent, the exponent a fixed number

// --- ops/elementwise.cpp: elementwise with one argument
GRADUS_API Var exp(Operand x);
GRADUS_API Var log(Operand x);    // natural
GRADUS_API Var log1p(Operand x);  // log(1 + x), exact to the last digits for small x
GRADUS_API Var sqrt(Operand x);
GRADUS_API Var square(Operand x);
GRADUS_API Var sin(Operand x);
GRADUS_API Var cos(Operand x);
GRADUS_API Var abs(Operand x);                             // gradient 0 at 0 and at NaN
GRADUS_API Var clamp(Operand x, double low, double high);  // gradient 1 inside and on the bounds, else 0

// --- ops/activations.cpp
GRADUS_API Var tanh(Operand x);
GRADUS_API Var sigmoid(Operand x);
GRADUS_API Var relu(Operand x);  // gradient 0 at 0, 1 at NaN
GRADUS_API Var leaky_relu(Operand x,
                          double slope = 0.01);  // x where x > 0, else slope x; gradient `slope` at 0 and NaN
GRADUS_API Var silu(Operand x);                  // x sigmoid(x)
GRADUS_API Var gelu(Operand x);                  // x Phi(x), with erf
GRADUS_API Var gelu_tanh(Operand x);             // its tanh approximation, GPT-2's

// --- ops/reductions.cpp: over the given axes; keepdim leaves them with size 1. Here and in softmax a tensor of shape ()
// counts as one value along axis 0.
GRADUS_API Var sum(Operand x, Axes axes = {}, bool keepdim = false);
GRADUS_API Var mean(Operand x, Axes axes = {}, bool keepdim = false);
// Ties share the gradient equally, as in amax; where a value is NaN, so is the result and the gradient of all values.
GRADUS_API Var max(Operand x, Axes axes = {}, bool keepdim = false);
GRADUS_API Var min(Operand x, Axes axes = {}, bool keepdim = false);
// sum of (x - mean)^2 / (n - correction), n values for each result; NaN where n is the correction, as in PyTorch.
GRADUS_API Var var(Operand x, Axes axes = {}, double correction = 1, bool keepdim = false);

// --- ops/softmax.cpp: along one axis. A value of +infinity makes softmax and log_softmax NaN, and logsumexp infinity.
GRADUS_API Var softmax(Operand x, int axis = -1);
GRADUS_API Var log_softmax(Operand x, int axis = -1);
GRADUS_API Var logsumexp(Operand x, int axis = -1, bool keepdim = false);

// --- ops/matmul.cpp
// (M, K)(K, N) -> (M, N); with more axes, (..., M, K)(..., K, N) -> (..., M, N), the leading ones broadcast.
// A vector (K) is a row as A and a column as B, and its axis is left out of the result: (K)(K) -> (), the dot product,
// and (..., M, K)(K) -> (..., M).
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
GRADUS_API Var expand(Operand x, const Shape& shape);                   // repeated by the rule of broadcasting
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

// --- ops/views.cpp: reshape and slice under other names
GRADUS_API Var squeeze(Operand x);              // without all axes of size 1
GRADUS_API Var squeeze(Operand x, int axis);    // without this one if its size is 1, else x itself
GRADUS_API Var unsqueeze(Operand x, int axis);  // with an axis of size 1 before `axis`; -1: at the end
GRADUS_API Var flatten(Operand x, int first = 0, int last = -1);  // the axes from first to last become one
// Pieces of `size` along one axis, the last one shorter if need be.
GRADUS_API std::vector<Var> split(Operand x, Index size, int axis = 0);

// --- ops/indexing.cpp
// Picks along one axis, as torch.gather: result[i][j] = x[i][index[i][j]] for axis 1; index has x's rank.
GRADUS_API Var gather(Operand x, int axis, const IndexTensor& index);
// Rows of weight (V, C) by number: ids of shape S -> (S..., C).
GRADUS_API Var embedding(Operand weight, const IndexTensor& ids);

// --- ops/conv.cpp: images (N, C, H, W)
// weight (C_out, C, kH, kW), bias (C_out) -> (N, C_out, H_out, W_out); H_out = (H + 2 padding - kH) / stride + 1
// The padding's zeros are multiplied or left out, whichever is faster: an infinite or NaN weight over them may make NaN.
GRADUS_API Var conv2d(Operand x, Operand weight, Operand bias, int stride = 1, int padding = 0);
GRADUS_API Var conv2d(Operand x, Operand weight, int stride = 1, int padding = 0);  // without bias

// --- ops/pool.cpp: windows of size x size, `stride` apart (0: side by side), over an image with `padding` rows and columns
// around it, at most half a window; rows and columns that do not fill a window are left out. In max_pool2d the padding is
// minus infinity, in avg_pool2d zeros, which count in the mean. At a tie the first of the window in row-major order gets
// the gradient, as in PyTorch; a NaN in a window is its maximum.
GRADUS_API Var max_pool2d(Operand x, int size, int stride = 0, int padding = 0);
GRADUS_API Var avg_pool2d(Operand x, int size, int stride = 0, int padding = 0);

// --- ops/layer_norm.cpp: over the last axis. x (..., C), weight (C), bias (C); biased variance, as in PyTorch.
// A row whose squares overflow (in float from 1e19 on) becomes NaN, with its gradients; PyTorch's becomes the bias or NaN.
GRADUS_API Var layer_norm(Operand x, Operand weight, Operand bias, double eps = 1e-5);
GRADUS_API Var layer_norm(Operand x, Operand weight, double eps = 1e-5);  // without bias

// --- ops/attention.cpp: causal self-attention, softmax(q k^T / sqrt(hs) + mask) v in each of n_head heads
// q (B, T, C), k and v (B, U, C), C = nh hs -> (B, T, C): the queries stand at the last T of U >= T positions
// What is masked has the weight 0; where its v is infinite or NaN the result is NaN, as in PyTorch.
GRADUS_API Var causal_attention(Operand q, Operand k, Operand v, int n_head);
GRADUS_API Var causal_attention(Operand qkv, int n_head);  // (B, T, 3 C), q, k and v beside each other -> (B, T, C)

// --- ops/dropout.cpp: zero with probability p, the rest scaled by 1 / (1 - p); the identity unless
// Tape::enable_dropout
GRADUS_API Var dropout(Operand x, double p);

// --- ops/losses.cpp
inline constexpr Index ignore_index = -100;  // a target to leave out of the mean, as in PyTorch
// logits (..., V), one target below V for each row -> (): the mean of -log softmax(logits)[target], in nats
// A NaN or an infinity (not minus infinity: probability 0) in a row that is kept makes the loss and its gradient NaN.
// With label smoothing e the target has weight 1 - e + e / V and every other class e / V (Szegedy et al. 2016).
GRADUS_API Var cross_entropy(Operand logits, std::span<const Index> targets, double label_smoothing = 0);
GRADUS_API Var mse_loss(Operand x, Operand target);  // equal shapes -> (): the mean of (x - target)^2

}  // namespace GRADUS_REAL
}  // namespace gradus
