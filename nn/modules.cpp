#include "nn/modules.h"

#include <algorithm>
#include <cmath>

#include "autograd/error.h"
#include "autograd/hash.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

Shape linear_weight(Index in, Index out, Linear::Layout layout) {
  return layout == Linear::Layout::out_in ? Shape{out, in} : Shape{in, out};
}

Shape bias_shape(Index size, bool wanted) {
  return wanted ? Shape{size} : Shape::none();
}

// Those of the parameters that have values.
Parameters with_values(Parameters all) {
  std::erase_if(all, [](const Parameter* p) { return p->value().empty(); });
  return all;
}

}  // namespace

Linear::Linear(const Name& name, Index in, Index out, Layout layout, bool with_bias)
    : weight(name.path + ".weight", linear_weight(in, out, layout)),
      bias(name.path + ".bias", bias_shape(out, with_bias)),
      scope_(name.local),
      layout_(layout) {}

Var Linear::operator()(Operand x) const {
  Tape& t = x.var.tape();
  const Scope scope(t, scope_, x.at);
  if (bias.value().empty()) return layout_ == Layout::out_in ? linear(x, t.leaf(weight)) : matmul(x, t.leaf(weight));
  return layout_ == Layout::out_in ? linear(x, t.leaf(weight), t.leaf(bias))
                                   : conv1d_1x1(x, t.leaf(weight), t.leaf(bias));
}

Parameters Linear::parameters() {
  return with_values({&weight, &bias});
}

Conv2d::Conv2d(const Name& name, Index channels_in, Index channels_out, Index kernel, int padding, int stride,
               bool with_bias)
    : weight(name.path + ".weight", Shape{channels_out, channels_in, kernel, kernel}),
      bias(name.path + ".bias", bias_shape(channels_out, with_bias)),
      scope_(name.local),
      padding_(padding),
      stride_(stride) {}

Var Conv2d::operator()(Operand x) const {
  Tape& t = x.var.tape();
  const Scope scope(t, scope_, x.at);
  if (bias.value().empty()) return conv2d(x, t.leaf(weight), stride_, padding_);
  return conv2d(x, t.leaf(weight), t.leaf(bias), stride_, padding_);
}

Parameters Conv2d::parameters() {
  return with_values({&weight, &bias});
}

LayerNorm::LayerNorm(const Name& name, Index width, double eps, bool with_bias)
    : weight(name.path + ".weight", Shape{width}),
      bias(name.path + ".bias", bias_shape(width, with_bias)),
      scope_(name.local),
      eps_(eps) {}

Var LayerNorm::operator()(Operand x) const {
  Tape& t = x.var.tape();
  const Scope scope(t, scope_, x.at);
  if (bias.value().empty()) return layer_norm(x, t.leaf(weight), eps_);
  return layer_norm(x, t.leaf(weight), t.leaf(bias), eps_);
}

Parameters LayerNorm::parameters() {
  return with_values({&weight, &bias});
}

Embedding::Embedding(const Name& name, Index count, Index width)
    : weight(name.path + ".weight", Shape{count, width}), scope_(name.local) {}

Var Embedding::operator()(Tape& t, const IndexTensor& ids, Site at) const& {
  const Scope scope(t, scope_, at);
  return embedding({t.leaf(weight), at}, ids);
}

CausalSelfAttention::CausalSelfAttention(const Name& name, Index width, int n_head, double dropout)
    : c_attn(name / "c_attn", width, 3 * width, Linear::Layout::in_out),
      c_proj(name / "c_proj", width, width, Linear::Layout::in_out),
      scope_(name.local),
      n_head_(n_head),
      dropout_(dropout) {}

Var CausalSelfAttention::operator()(Operand x, KeyValueCache* cache) const {
  Tape& t = x.var.tape();
  const Scope scope(t, scope_, x.at);
  const Var qkv = c_attn(x);  // (B, T, 3 C)
  const bool drops = t.dropout_enabled() && dropout_.p() > 0;
  const Var heads = cache                         ? heads_with_cache(t, qkv, *cache)
                    : drops || t.wants("pattern") ? heads_with_pattern(t, qkv)
                                                  : causal_attention(qkv, n_head_);
  return t.name(dropout_(c_proj(t.name(heads, "heads"))), "out");
}

// What causal_attention computes at once, in plain ops, so that the pattern can be named, replaced and dropped out.
Var CausalSelfAttention::heads_with_pattern(Tape& t, Var qkv) const {
  const Index B = qkv.shape()[0], T = qkv.shape()[1], C = qkv.shape()[2] / 3, nh = n_head_, hs = C / nh;
  const auto part = [&](Index i) {  // (B, T, 3 C) -> (B, nh, T, hs)
    return transpose(reshape(slice(qkv, -1, i * C, (i + 1) * C), {B, T, nh, hs}), 1, 2);
  };
  Tensor causal = Tensor::zeros({T, T});  // 1 where position s may be seen from position r: s <= r
  for (Index r = 0; r < T; ++r)
    for (Index s = 0; s <= r; ++s) causal[r * T + s] = 1;
  const Var seen = t.constant(std::move(causal));
  const Var scores = matmul(part(0), transpose(part(1))) / std::sqrt(static_cast<double>(hs));  // (B, nh, T, T)
  // Eigen's exp(-1e30) in double is 5.6e-309 and not 0, hence the second mask.
  const Var all = softmax(where(seen, scores, -1e30)) * seen;
  const Var pattern = dropout_(t.name(all, "pattern"));
  return reshape(transpose(matmul(pattern, part(2)), 1, 2), {B, T, C});
}

// Without dropout and without the pattern: for a text that is being written.
Var CausalSelfAttention::heads_with_cache(Tape& t, Var qkv, KeyValueCache& cache) const {
  const Index T = qkv.shape()[1], C = qkv.shape()[2] / 3;
  if (qkv.shape()[0] != 1 || cache.keys.shape()[2] != C || cache.length + T > cache.keys.shape()[1])
    throw Error("CausalSelfAttention: expected x (1, T, C) that continues " + std::to_string(cache.length) +
                " positions in a cache of " + cache.keys.shape().str() + ", got " + Shape{qkv.shape()[0], T, C}.str());
  const Real* row = qkv.value().data();
  for (Index i = 0; i < T; ++i, ++cache.length, row += 3 * C) {
    std::copy_n(row + C, C, cache.keys.data() + cache.length * C);
    std::copy_n(row + 2 * C, C, cache.values.data() + cache.length * C);
  }
  const auto all = [&](Tensor& of) { return t.constant(Tensor::borrow({1, cache.length, C}, of.data())); };
  return causal_attention(slice(qkv, -1, 0, C), all(cache.keys), all(cache.values), n_head_);
}

Parameters CausalSelfAttention::parameters() {
  return join({c_attn.parameters(), c_proj.parameters()});
}

Mlp::Mlp(const Name& name, Index width, double dropout)
    : c_fc(name / "c_fc", width, 4 * width, Linear::Layout::in_out),
      c_proj(name / "c_proj", 4 * width, width, Linear::Layout::in_out),
      scope_(name.local),
      dropout_(dropout) {}

Var Mlp::operator()(Operand x) const {
  Tape& t = x.var.tape();
  const Scope scope(t, scope_, x.at);
  const Var act = t.name(gelu_tanh(c_fc(x)), "act");
  return t.name(dropout_(c_proj(act)), "out");
}

Parameters Mlp::parameters() {
  return join({c_fc.parameters(), c_proj.parameters()});
}

Block::Block(const Name& name, Index width, int n_head, double dropout, double eps)
    : ln_1(name / "ln_1", width, eps),
      attn(name / "attn", width, n_head, dropout),
      ln_2(name / "ln_2", width, eps),
      mlp(name / "mlp", width, dropout),
      scope_(name.local) {}

Var Block::operator()(Operand x, KeyValueCache* cache) const {
  Tape& t = x.var.tape();
  const Scope scope(t, scope_, x.at);
  const Var mid = t.name(x + attn(ln_1(x), cache), "resid_mid");
  return t.name(mid + mlp(ln_2(mid)), "resid");
}

Parameters Block::parameters() {
  return join({ln_1.parameters(), attn.parameters(), ln_2.parameters(), mlp.parameters()});
}

Parameters join(std::initializer_list<Parameters> lists) {
  Parameters all;
  for (const Parameters& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

Index count_values(const Parameters& parameters) {
  Index n = 0;
  for (const Parameter* p : parameters) n += p->value().size();
  return n;
}

std::uint64_t hash(const Parameters& parameters) {
  std::uint64_t h = 0;
  for (const Parameter* p : parameters) {
    for (const char c : p->name()) h = hash_step(h, static_cast<unsigned char>(c));
    h = hash_step(h, hash(p->value()));
  }
  return h;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
