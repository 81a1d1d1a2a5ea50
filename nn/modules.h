// Modules: parameters and the ops that use them. Each one is called like a function, opens a scope on the tape under
// its own name, and lists its parameters by dotted name. Names, layouts and defaults are PyTorch's, and GPT-2's where a
// transformer is concerned. A constructor allocates but sets no values: nn/init.h does, or a weight file.
#pragma once

#include <deque>

#include "autograd/ops.h"
#include "autograd/tape.h"
#include "nn/name.h"

namespace gradus {
inline namespace GRADUS_REAL {

namespace detail {
// What a call of a temporary module compiles to: Linear("fc", 2, 3)(x).
template <class First, class... More>
Var called_on_a_temporary() {
  static_assert(sizeof(First) == 0,
                "the weights of a temporary module are gone before backward reads them: give the module a name");
  return {};
}
}  // namespace detail

// y = x W^T + b with weight (out, in), as PyTorch stores it; or y = x W + b with weight (in, out), as GPT-2's
// checkpoints do. x (..., in) -> (..., out).
class GRADUS_API Linear {
 public:
  enum class Layout { out_in, in_out };
  Linear(const Name& name, Index in, Index out, Layout layout = Layout::out_in, bool with_bias = true);
  Var operator()(Operand x) const;
  template <class... Arguments>
  Var operator()(Arguments&&...) const&& {
    return detail::called_on_a_temporary<Arguments...>();
  }
  Parameters parameters();

  Parameter weight, bias;  // without a bias it has no values, and is not one of the parameters

 private:
  std::string scope_;
  Layout layout_;
};

// x (N, C_in, H, W) -> (N, C_out, H', W'), square kernels; weight (C_out, C_in, kernel, kernel).
class GRADUS_API Conv2d {
 public:
  Conv2d(const Name& name, Index channels_in, Index channels_out, Index kernel, int padding = 0, int stride = 1,
         bool with_bias = true);
  Var operator()(Operand x) const;
  template <class... Arguments>
  Var operator()(Arguments&&...) const&& {
    return detail::called_on_a_temporary<Arguments...>();
  }
  Parameters parameters();

  Parameter weight, bias;

 private:
  std::string scope_;
  int padding_, stride_;
};

// Over the last axis: (x - mean) / sqrt(variance + eps) * weight + bias.
class GRADUS_API LayerNorm {
 public:
  LayerNorm(const Name& name, Index width, double eps = 1e-5, bool with_bias = true);
  Var operator()(Operand x) const;
  template <class... Arguments>
  Var operator()(Arguments&&...) const&& {
    return detail::called_on_a_temporary<Arguments...>();
  }
  Parameters parameters();

  Parameter weight, bias;

 private:
  std::string scope_;
  double eps_;
};

// Rows of a table: ids of shape S -> (S..., width).
class GRADUS_API Embedding {
 public:
  Embedding(const Name& name, Index count, Index width);
  Var operator()(Tape& tape, const IndexTensor& ids, Site at = Site::current()) const&;
  template <class T>
  Var operator()(T&, const IndexTensor&, Site = Site::current()) const&& {
    return detail::called_on_a_temporary<T>();
  }
  template <class... Arguments>
  Var operator()(Arguments&&...) const&& {
    return detail::called_on_a_temporary<Arguments...>();
  }
  Parameters parameters() { return {&weight}; }

  Parameter weight;

 private:
  std::string scope_;
};

// The identity, unless the tape's recording enabled dropout.
class GRADUS_API Dropout {
 public:
  explicit Dropout(double p) : p_(p) {}
  Var operator()(Operand x) const { return dropout(x, p_); }
  double p() const { return p_; }

 private:
  double p_;
};

// What a text that grows keeps of a layer of attention: the keys and values of its positions so far, which what comes
// later does not change. A new position then costs one row, not the whole text again.
struct GRADUS_API KeyValueCache {
  explicit KeyValueCache(const Shape& shape) : keys(shape), values(shape) {}  // (1, longest T, C)
  Tensor keys, values;
  Index length = 0;  // how many positions are in it
};

// Causal self-attention with n_head heads. x (B, T, C) -> (B, T, C).
// Names `pattern` (B, nh, T, T), computed only when asked for, `heads` (B, T, C), the heads' results side by side,
// `out`. With a cache x (1, T, C) continues what is in it: x sees that as well, and its own keys and values are added.
class GRADUS_API CausalSelfAttention {
 public:
  CausalSelfAttention(const Name& name, Index width, int n_head, double dropout);
  Var operator()(Operand x, KeyValueCache* cache = nullptr) const;
  template <class... Arguments>
  Var operator()(Arguments&&...) const&& {
    return detail::called_on_a_temporary<Arguments...>();
  }
  Parameters parameters();

  Linear c_attn, c_proj;

 private:
  Var heads_with_pattern(Tape& t, Var qkv) const;
  Var heads_with_cache(Tape& t, Var qkv, KeyValueCache& cache) const;
  std::string scope_;
  int n_head_;
  Dropout dropout_;
};

// c_proj(gelu(c_fc(x))), four times as wide inside. x (..., C) -> (..., C). Names `act` (..., 4 C) and `out`.
class GRADUS_API Mlp {
 public:
  Mlp(const Name& name, Index width, double dropout);
  Var operator()(Operand x) const;
  template <class... Arguments>
  Var operator()(Arguments&&...) const&& {
    return detail::called_on_a_temporary<Arguments...>();
  }
  Parameters parameters();

  Linear c_fc, c_proj;

 private:
  std::string scope_;
  Dropout dropout_;
};

// A pre-norm transformer block: x = x + attn(ln_1(x)), named `resid_mid`; x = x + mlp(ln_2(x)), named `resid`.
class GRADUS_API Block {
 public:
  Block(const Name& name, Index width, int n_head, double dropout, double eps = 1e-5);  // eps: the layer norms'
  Var operator()(Operand x, KeyValueCache* cache = nullptr) const;
  template <class... Arguments>
  Var operator()(Arguments&&...) const&& {
    return detail::called_on_a_temporary<Arguments...>();
  }
  Parameters parameters();

  LayerNorm ln_1;
  CausalSelfAttention attn;
  LayerNorm ln_2;
  Mlp mlp;

 private:
  std::string scope_;
};

// The lists one after another.
GRADUS_API Parameters join(std::initializer_list<Parameters> lists);

// How many values the parameters have together.
GRADUS_API Index count_values(const Parameters& parameters);

// A fingerprint of names, shapes and values: to show that nothing changed.
GRADUS_API std::uint64_t hash(const Parameters& parameters);

}  // namespace GRADUS_REAL
}  // namespace gradus
