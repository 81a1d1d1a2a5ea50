#include "maximize/judges/judge.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "autograd/random.h"
#include "maximize/judges/rejects.h"
#include "model/files/weights.h"
#include "nn/init.h"

namespace gradus {
inline namespace GRADUS_REAL {

Judge::Judge()
    : conv1("judge.conv1", 1, 16, 3, 1),
      conv2("judge.conv2", 16, 32, 3, 1),
      conv3("judge.conv3", 32, 32, 3, 1),
      head("judge.head", 32 * 7 * 7, 11) {}

Judge::Judge(const SafetensorsFile& file) : Judge() {
  load_weights(file, parameters());
}

void Judge::initialize(std::uint64_t seed) {
  init_pytorch(conv1, seed);
  init_pytorch(conv2, seed);
  init_pytorch(conv3, seed);
  init_pytorch(head, seed);
}

Var Judge::operator()(Operand images) const {
  Tape& t = images.var.tape();
  const Scope scope(t, "", images.at);
  const Shape& s = images.var.shape();
  if (s.rank() != 4 || s.with(0, 1) != input_shape(1))
    throw Error("Judge: expected images (N, 1, 28, 28), got " + s.str() + t.where(images.at));
  Var x = avg_pool2d(t.name(gelu_tanh(conv1(images)), "judge.conv1.gelu"), 2);
  x = avg_pool2d(t.name(gelu_tanh(conv2(x)), "judge.conv2.gelu"), 2);
  x = t.name(gelu_tanh(conv3(x)), "judge.conv3.gelu");
  return t.name(head(reshape(x, {s[0], -1})), "judge.logits");
}

Parameters Judge::parameters() {
  return join({conv1.parameters(), conv2.parameters(), conv3.parameters(), head.parameters()});
}

void Judge::save(const std::string& path, const Errors& errors) {
  save_weights(path, parameters(),
               {{"model", "Judge"},
                {"error_natural", std::to_string(errors.natural)},
                {"error_reject", std::to_string(errors.reject)}});
}

Judge::Errors errors_in(const SafetensorsFile& file) {
  const auto number = [&](const char* name) {
    const auto& metadata = file.header().metadata;
    const auto found = metadata.find(name);
    double value = -1;
    if (found != metadata.end())
      std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
    if (!(value >= 0 && value <= 1)) file.fail(std::string("the judge's '") + name + "' is not told in the file");
    return value;
  };
  return {number("error_natural"), number("error_reject")};
}

std::vector<Opinion> judged(const Judge& judge, const Tensor& images, int threads) {
  std::vector<Opinion> all;
  Tape t({}, threads);
  const Index N = images.shape()[0];
  for (Index begin = 0; begin < N; begin += 256) {
    const Index end = std::min<Index>(begin + 256, N);
    t.clear();
    const Tensor p = softmax(judge(slice(t.constant(images), 0, begin, end))).value();
    for (Index i = 0; i < end - begin; ++i) {
      const Real* row = p.data() + i * 11;
      const auto label = std::max_element(row, row + 11) - row;
      all.push_back({label, static_cast<double>(row[label])});
    }
  }
  return all;
}

Progress train(Judge& judge, const Images& data, Index batch, std::uint64_t seed, Optimizer optimizer, Budget budget,
               OnStep show) {
  const auto objective = [&](Tape& t, int step) {
    const Images natural = image_batch(data, batch, seed, as_counter(step), 0.2);
    const Var images =
        concat({t.constant(natural.pixels), t.constant(rejects(data, batch, seed, as_counter(step)))}, 0);
    std::vector<Index> labels = natural.labels;
    labels.resize(static_cast<std::size_t>(2 * batch), Judge::no_digit);
    return cross_entropy(judge(images), labels);
  };
  return descend(judge.parameters(), std::move(optimizer), budget, objective, show);
}

Judge::Errors errors_of(const Judge& judge, const Images& data, std::uint64_t seed, int threads) {
  const Index N = data.size();
  Index natural = 0, reject = 0;
  const std::vector<Opinion> of_images = judged(judge, data.pixels, threads);
  for (Index i = 0; i < N; ++i) natural += of_images[static_cast<std::size_t>(i)].label != data.labels[i];
  for (const Opinion& o : judged(judge, rejects(data, N, seed, 0), threads)) reject += o.label != Judge::no_digit;
  return {static_cast<double>(natural) / static_cast<double>(N), static_cast<double>(reject) / static_cast<double>(N)};
}

}  // namespace GRADUS_REAL
}  // namespace gradus
