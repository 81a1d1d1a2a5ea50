#include "maximize/app/double/op_checks.h"

#include "autograd/ops.h"

namespace gradus::app {

// One table, a row for each op.  NOLINTNEXTLINE(readability-function-size)
std::vector<OpCheck> op_checks() {
  const Argument x{"x", {3, 4}}, a{"a", {3, 4}}, row{"b", {4}}, positive{"x", {3, 4}, 0.5, 3};
  const Argument far_row{"b", {4}, 0.5, 2}, image{"x", {2, 3, 6, 5}}, small{"x", {1, 2, 4, 5}}, qkv{"qkv", {2, 4, 18}};
  const auto text = [](const char* name) { return Argument{name, {2, 4, 6}}; };
  static const std::vector<Index> targets = {4, 0, ignore_index};
  return {
      {"add", {a, row}, [](X v) { return v[0] + v[1]; }},
      {"subtract", {a, row}, [](X v) { return v[0] - v[1]; }},
      {"multiply", {a, row}, [](X v) { return v[0] * v[1]; }},
      {"divide", {a, far_row}, [](X v) { return v[0] / v[1]; }},
      {"negate", {a}, [](X v) { return -v[0]; }},
      {"maximum", {a, row}, [](X v) { return maximum(v[0], v[1]); }},
      {"minimum", {a, row}, [](X v) { return minimum(v[0], v[1]); }},
      {"where",
       {a, row},
       [](X v) {
         return where(v[0].tape().constant(Tensor({3, 1}, {1, 0, 1})), v[0], v[1]);
       }},
      {"power", {positive}, [](X v) { return power(v[0], -1.5); }},
      {"exp", {x}, [](X v) { return exp(v[0]); }},
      {"log", {positive}, [](X v) { return log(v[0]); }},
      {"log1p", {positive}, [](X v) { return log1p(v[0]); }},
      {"sin", {x}, [](X v) { return sin(v[0]); }},
      {"cos", {x}, [](X v) { return cos(v[0]); }},
      {"sqrt", {positive}, [](X v) { return sqrt(v[0]); }},
      {"square", {x}, [](X v) { return square(v[0]); }},
      {"abs", {x}, [](X v) { return abs(v[0]); }},
      {"clamp", {x}, [](X v) { return clamp(v[0], -0.75, 1.25); }},
      {"tanh", {x}, [](X v) { return tanh(v[0]); }},
      {"sigmoid", {x}, [](X v) { return sigmoid(v[0]); }},
      {"relu", {x}, [](X v) { return relu(v[0]); }},
      {"leaky_relu", {x}, [](X v) { return leaky_relu(v[0], 0.1); }},
      {"silu", {x}, [](X v) { return silu(v[0]); }},
      {"gelu", {x}, [](X v) { return gelu(v[0]); }},
      {"gelu_tanh", {x}, [](X v) { return gelu_tanh(v[0]); }},
      {"sum", {x}, [](X v) { return sum(v[0], {0}); }},
      {"mean", {x}, [](X v) { return mean(v[0], {-1}, true); }},
      {"max", {x}, [](X v) { return max(v[0], {1}); }},
      {"min", {x}, [](X v) { return min(v[0], {0}); }},
      {"var", {x}, [](X v) { return var(v[0], {0}); }},
      {"softmax", {x}, [](X v) { return softmax(v[0]); }},
      {"log_softmax", {x}, [](X v) { return log_softmax(v[0], 0); }},
      {"logsumexp", {x}, [](X v) { return logsumexp(v[0]); }},
      {"matmul", {{"a", {2, 3, 4}}, {"b", {4, 5}}}, [](X v) { return matmul(v[0], v[1]); }},
      {"matmul_vector", {{"a", {2, 3, 4}}, {"b", {4}}}, [](X v) { return matmul(v[0], v[1]); }},
      {"linear", {{"x", {2, 3, 4}}, {"weight", {5, 4}}, {"bias", {5}}}, [](X v) { return linear(v[0], v[1], v[2]); }},
      {"conv1d_1x1",
       {{"x", {2, 3, 4}}, {"weight", {4, 5}}, {"bias", {5}}},
       [](X v) { return conv1d_1x1(v[0], v[1], v[2]); }},
      {"transpose", {x}, [](X v) { return transpose(v[0]); }},
      {"permute",
       {{"x", {2, 3, 4}}},
       [](X v) {
         return permute(v[0], {2, 0, 1});
       }},
      {"reshape",
       {x},
       [](X v) {
         return reshape(v[0], {2, -1});
       }},
      {"expand",
       {row},
       [](X v) {
         return expand(v[0], {2, 3, 4});
       }},
      {"flatten", {small}, [](X v) { return flatten(v[0], 1, 2); }},
      {"split", {x}, [](X v) { return split(v[0], 3, 1)[1] * split(v[0], 1, 1)[0]; }},
      {"slice", {x}, [](X v) { return slice(v[0], 1, 0, 4, 3); }},
      {"pad", {x}, [](X v) { return pad(v[0], 0, 1, 2, 0.5); }},
      {"concat",
       {{"first", {3, 4}}, {"second", {3, 2}}},
       [](X v) {
         return concat({v[0], v[1]}, 1);
       }},
      {"stack",
       {{"first", {3, 4}}, {"second", {3, 4}}},
       [](X v) {
         return stack({v[0], v[1]}, 1);
       }},
      {"gather",
       {x},
       [](X v) {
         return gather(v[0], 1, {{3, 2}, {3, 0, 1, 1, 2, 3}});
       }},
      {"embedding",
       {{"weight", {5, 4}}},
       [](X v) {
         return embedding(v[0], {{2, 3}, {4, 0, 4, 1, 2, 4}});
       }},
      {"conv2d", {image, {"weight", {2, 3, 3, 2}}, {"bias", {2}}}, [](X v) { return conv2d(v[0], v[1], v[2], 2, 1); }},
      {"conv2d_without_bias", {small, {"weight", {2, 2, 3, 2}}}, [](X v) { return conv2d(v[0], v[1], 1, 1); }},
      {"max_pool2d", {image}, [](X v) { return max_pool2d(v[0], 2); }},
      {"max_pool2d_apart", {small}, [](X v) { return max_pool2d(v[0], 2, 3); }},
      {"max_pool2d_stride", {small}, [](X v) { return max_pool2d(v[0], 2, 1); }},
      {"avg_pool2d", {image}, [](X v) { return avg_pool2d(v[0], 2); }},
      {"avg_pool2d_stride", {small}, [](X v) { return avg_pool2d(v[0], 3, 1, 1); }},
      {"layer_norm",
       {{"x", {2, 3, 5}}, {"weight", {5}}, {"bias", {5}}},
       [](X v) { return layer_norm(v[0], v[1], v[2]); }},
      {"layer_norm_without_bias", {{"x", {2, 3, 5}}, {"weight", {5}}}, [](X v) { return layer_norm(v[0], v[1], 0.1); }},
      {"causal_attention",
       {text("q"), text("k"), text("v")},
       [](X v) { return causal_attention(v[0], v[1], v[2], 2); }},
      {"causal_attention_past",
       {{"q", {2, 3, 6}}, {"k", {2, 5, 6}}, {"v", {2, 5, 6}}},
       [](X v) { return causal_attention(v[0], v[1], v[2], 3); }},
      {"causal_attention_qkv", {qkv}, [](X v) { return causal_attention(v[0], 3); }},
      {"dropout",
       {x},
       [](X v) {
         v[0].tape().enable_dropout(1, 0);
         return dropout(v[0], 0.3);
       }},
      {"cross_entropy", {{"logits", {3, 5}}}, [](X v) { return cross_entropy(v[0], targets); }},
      {"cross_entropy_uniform", {{"logits", {3, 5}}}, [](X v) { return cross_entropy(v[0], targets, 1); }},
      {"cross_entropy_smoothed", {{"logits", {3, 5}}}, [](X v) { return cross_entropy(v[0], targets, 0.2); }},
      {"mse_loss", {x, {"target", {3, 4}}}, [](X v) { return mse_loss(v[0], v[1]); }},
  };
}

}  // namespace gradus::app
