// The ops' cases of tests/golden/ops.safetensors (its layout: tests/golden/README.md), run by this library.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/tape.h"
#include "model/files/weights.h"
#include "tests/catch.h"

namespace gradus {
inline namespace GRADUS_REAL {

inline const SafetensorsFile& golden_ops() {
  static const SafetensorsFile file(GRADUS_SOURCE_DIR "/tests/golden/ops.safetensors");
  return file;
}

inline IndexTensor index_tensor(const nlohmann::json& json) {
  const auto sizes = json["shape"].get<std::vector<Index>>();
  return {Shape(sizes.data(), static_cast<int>(sizes.size())), json["values"].get<std::vector<Index>>()};
}

// The op that the case names, on its inputs; `a` are the attributes, named as the arguments in ops.h.
inline Var golden_op(const nlohmann::json& a, const std::vector<Var>& x) {
  const std::string op = a["op"];
  const auto whole = [&](const char* name) { return a[name].get<int>(); };
  const auto real = [&](const char* name) { return a[name].get<double>(); };
  const auto axes = [&](const char* name) { return Axes(a[name].get<std::vector<int>>()); };
  const auto shape = [&](const char* name) {
    return index_tensor({{"shape", a[name]}, {"values", nlohmann::json::array()}}).shape;
  };
  const auto indices = [&](const char* name) { return a[name].get<std::vector<Index>>(); };
  if (op == "add") return x[0] + x[1];
  if (op == "subtract") return x[0] - x[1];
  if (op == "multiply") return x[0] * x[1];
  if (op == "divide") return x[0] / x[1];
  if (op == "negate") return -x[0];
  if (op == "maximum") return maximum(x[0], x[1]);
  if (op == "minimum") return minimum(x[0], x[1]);
  if (op == "where") return where(x[0], x[1], x[2]);
  if (op == "power") return power(x[0], real("exponent"));
  if (op == "exp") return exp(x[0]);
  if (op == "log") return log(x[0]);
  if (op == "log1p") return log1p(x[0]);
  if (op == "sin") return sin(x[0]);
  if (op == "cos") return cos(x[0]);
  if (op == "sqrt") return sqrt(x[0]);
  if (op == "square") return square(x[0]);
  if (op == "abs") return abs(x[0]);
  if (op == "clamp") return clamp(x[0], real("low"), real("high"));
  if (op == "tanh") return tanh(x[0]);
  if (op == "sigmoid") return sigmoid(x[0]);
  if (op == "relu") return relu(x[0]);
  if (op == "leaky_relu") return leaky_relu(x[0], real("negative_slope"));
  if (op == "silu") return silu(x[0]);
  if (op == "gelu") return gelu(x[0]);
  if (op == "gelu_tanh") return gelu_tanh(x[0]);
  if (op == "sum") return sum(x[0], axes("axes"), a["keepdim"]);
  if (op == "mean") return mean(x[0], axes("axes"), a["keepdim"]);
  if (op == "max") return max(x[0], axes("axes"), a["keepdim"]);
  if (op == "min") return min(x[0], axes("axes"), a["keepdim"]);
  if (op == "var") return var(x[0], axes("axes"), real("correction"), a["keepdim"]);
  if (op == "softmax") return softmax(x[0], whole("axis"));
  if (op == "log_softmax") return log_softmax(x[0], whole("axis"));
  if (op == "logsumexp") return logsumexp(x[0], whole("axis"), a["keepdim"]);
  if (op == "matmul") return matmul(x[0], x[1]);
  if (op == "linear") return x.size() == 2 ? linear(x[0], x[1]) : linear(x[0], x[1], x[2]);
  if (op == "conv1d_1x1") return conv1d_1x1(x[0], x[1], x[2]);
  if (op == "transpose") return transpose(x[0], whole("axis_a"), whole("axis_b"));
  if (op == "permute") return permute(x[0], axes("order"));
  if (op == "reshape") {
    const auto sizes = indices("shape");  // one of them may be -1, for the size that is left over
    if (std::count(sizes.begin(), sizes.end(), -1) == 0)
      return reshape(x[0], Shape(sizes.data(), static_cast<int>(sizes.size())));
    if (sizes.size() == 2) return reshape(x[0], {sizes[0], sizes[1]});
  }
  if (op == "squeeze") return squeeze(x[0], whole("axis"));
  if (op == "unsqueeze") return unsqueeze(x[0], whole("axis"));
  if (op == "flatten") return flatten(x[0], whole("first"), whole("last"));
  if (op == "expand") return expand(x[0], shape("shape"));
  if (op == "split") return split(x[0], whole("size"), whole("axis")).at(whole("piece"));
  if (op == "slice") return slice(x[0], whole("axis"), whole("begin"), whole("end"), whole("step"));
  if (op == "pad") return pad(x[0], whole("axis"), whole("before"), whole("after"), real("value"));
  if (op == "concat") return concat(x, whole("axis"));
  if (op == "stack") return stack(x, whole("axis"));
  if (op == "gather") return gather(x[0], whole("axis"), index_tensor(a["index"]));
  if (op == "embedding") return embedding(x[0], index_tensor(a["ids"]));
  if (op == "conv2d" && x.size() == 2) return conv2d(x[0], x[1], whole("stride"), whole("padding"));
  if (op == "conv2d") return conv2d(x[0], x[1], x[2], whole("stride"), whole("padding"));
  if (op == "max_pool2d") return max_pool2d(x[0], whole("size"), a.value("stride", 0), a.value("padding", 0));
  if (op == "avg_pool2d") return avg_pool2d(x[0], whole("size"), a.value("stride", 0), a.value("padding", 0));
  if (op == "layer_norm" && x.size() == 2) return layer_norm(x[0], x[1], real("eps"));
  if (op == "layer_norm") return layer_norm(x[0], x[1], x[2], real("eps"));
  if (op == "causal_attention") return causal_attention(x[0], x[1], x[2], whole("n_head"));
  if (op == "causal_attention_qkv") return causal_attention(x[0], whole("n_head"));
  if (op == "cross_entropy") return cross_entropy(x[0], indices("targets"), a.value("label_smoothing", 0.0));
  if (op == "mse_loss") return mse_loss(x[0], x[1]);
  throw Error("golden case: no such op, or not with these attributes: " + a.dump());
}

// The largest |a - n| / max(|a|, |n|, s), s the largest magnitude of n; where n is zero (see the layout's last
// paragraph) both must be below 1e-12. Infinite where a shape differs or something is not a number.
inline double golden_error(const Tensor& a, const Tensor& n) {
  if (a.shape() != n.shape()) return HUGE_VAL;
  double s = 0, worst = 0;
  for (const Real x : n.values()) s = std::max(s, std::abs(static_cast<double>(x)));
  for (Index i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(n[i]);
    const double scale = std::max(std::abs(x), s);
    const double e = scale <= 1e-12 ? 0 : std::abs(x - y) / scale;
    if (!(e <= worst)) worst = std::isfinite(e) ? e : HUGE_VAL;
  }
  return worst;
}

struct GoldenResult {
  std::string name, op;
  double error = 0;     // of the value and of every gradient, the largest
  std::string refused;  // the error's text where our op does not take these arguments
};

// Every case of an op, in the order of the names. The models' cases are in models_test.cpp.
inline std::vector<GoldenResult> golden_results() {
  std::vector<GoldenResult> results;
  for (const auto& [name, text] : golden_ops().header().metadata) {
    if (name.find('.') == std::string::npos || name.starts_with("gpt.") || name.starts_with("cnn.")) continue;
    const nlohmann::json attributes = nlohmann::json::parse(text);
    GoldenResult result{name, attributes["op"], 0, ""};
    const auto has = [&, &name = name](const std::string& what) {
      return golden_ops().header().find(name + "/" + what) != nullptr;
    };
    const auto stored = [&, &name = name](const std::string& what) {
      return read_tensor(golden_ops(), name + "/" + what);
    };
    std::vector<std::unique_ptr<Parameter>> inputs;
    Parameters moving;
    while (has("in" + std::to_string(inputs.size()))) {
      const std::string i = std::to_string(inputs.size());
      inputs.push_back(std::make_unique<Parameter>("in" + i, stored("in" + i)));
      if (has("grad" + i)) moving.push_back(inputs.back().get());
    }
    try {
      Tape t(moving);
      std::vector<Var> x;
      for (const auto& p : inputs) x.push_back(t.leaf(*p));
      const Var y = golden_op(attributes, x);
      result.error = golden_error(y.value(), stored("out"));
      t.backward(y, stored("cotangent"));
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (has("grad" + std::to_string(i)))
          result.error = std::max(result.error, golden_error(t.grad(*inputs[i]), stored("grad" + std::to_string(i))));
    } catch (const Error& e) {
      result.refused = e.what();
    }
    results.push_back(result);
  }
  return results;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
