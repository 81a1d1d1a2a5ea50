#include "model/cnn.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "autograd/error.h"
#include "model/files/checkpoint.h"
#include "model/files/weights.h"
#include "nn/init.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

CnnConfig config_of(const SafetensorsFile& file) {
  const auto size = [&](const char* name, int rank, int axis) {
    const Shape& s = file.entry(name).shape;
    if (s.rank() != rank || s.size() == 0)
      file.fail(name, "expected " + std::to_string(rank) + " axes for a TinyCnn, got " + s.str());
    return s[axis];
  };
  CnnConfig c;
  c.channels1 = size("conv1.weight", 4, 0);
  c.channels2 = size("conv2.weight", 4, 0);
  c.hidden = size("fc1.weight", 2, 0);
  c.classes = size("fc2.weight", 2, 0);
  const Index positions = size("fc1.weight", 2, 1) / c.channels2;  // (side / 4)^2
  for (c.side = 4; (c.side / 4) * (c.side / 4) < positions;) c.side += 4;
  const auto number = [](Index n) { return static_cast<double>(n); };
  expect_size(file, 8, 25 * number(c.channels2) * number(c.channels1) + number(c.hidden) * number(c.classes));
  return c;
}

}  // namespace

TinyCnn::TinyCnn(const CnnConfig& config)
    : config_(config),
      conv1("conv1", 1, config.channels1, 5, 2),
      conv2("conv2", config.channels1, config.channels2, 5, 2),
      fc1("fc1", config.channels2 * (config.side / 4) * (config.side / 4), config.hidden),
      fc2("fc2", config.hidden, config.classes) {}

TinyCnn::TinyCnn(const SafetensorsFile& file) : TinyCnn(config_of(file)) {
  load_weights(file, parameters(), {.allow_unexpected = is_checkpoint(file)});
}

void TinyCnn::initialize(std::uint64_t seed) {
  init_pytorch(conv1, seed);
  init_pytorch(conv2, seed);
  init_pytorch(fc1, seed);
  init_pytorch(fc2, seed);
}

Var TinyCnn::operator()(Operand images) const {
  Tape& t = images.var.tape();
  const Scope scope(t, "", images.at);
  const Shape& s = images.var.shape();
  if (s.rank() != 4 || s[1] != 1 || s[2] != config_.side || s[3] != config_.side)
    throw Error("TinyCnn: expected images (N, 1, " + std::to_string(config_.side) + ", " +
                std::to_string(config_.side) + "), got " + s.str() + t.where(images.at));
  Var x = t.name(relu(conv1(images)), "conv1.relu");
  x = t.name(max_pool2d(x, 2), "conv1.pool");
  x = t.name(relu(conv2(x)), "conv2.relu");
  x = t.name(max_pool2d(x, 2), "conv2.pool");
  x = t.name(relu(fc1(reshape(x, {s[0], -1}))), "fc1.relu");
  return t.name(fc2(x), "logits");
}

Parameters TinyCnn::parameters() {
  return join({conv1.parameters(), conv2.parameters(), fc1.parameters(), fc2.parameters()});
}

void TinyCnn::save(const std::string& path) {
  save_weights(path, parameters(), {{"model", "TinyCnn"}});
}

ConfusionTable confusion(const TinyCnn& cnn, const Images& data, int threads) {
  const Index count = data.size(), classes = cnn.config().classes;
  ConfusionTable table(classes, std::vector<Index>(classes, 0));
  if (count == 0) throw Error("confusion: expected at least one image, got none");
  Tape t({}, threads);
  for (Index begin = 0; begin < count; begin += 256) {
    const Index n = std::min<Index>(256, count - begin);
    t.clear();
    const Var logits = cnn(t.constant(image_range(data, begin, begin + n).pixels));
    for (Index i = 0; i < n; ++i) {
      const Real* row = logits.value().data() + i * classes;
      if (std::any_of(row, row + classes, [](Real x) { return std::isnan(x); }))
        throw Error("confusion: a logit of image " + std::to_string(begin + i) + " is NaN");
      ++table.at(data.labels[begin + i])[std::max_element(row, row + classes) - row];
    }
  }
  return table;
}

double accuracy(const ConfusionTable& table) {
  Index right = 0, all = 0;
  for (std::size_t label = 0; label < table.size(); ++label) {
    right += table[label][label];
    all += std::accumulate(table[label].begin(), table[label].end(), Index(0));
  }
  return static_cast<double>(right) / static_cast<double>(all);
}

double accuracy(const TinyCnn& cnn, const Images& data, int threads) {
  return accuracy(confusion(cnn, data, threads));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
