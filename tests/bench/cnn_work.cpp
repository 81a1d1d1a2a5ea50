// The works of TinyCnn.
#include "maximize/parametrizations/pixels.h"
#include "maximize/penalties.h"
#include "model/cnn.h"
#include "model/data/glyphs.h"
#include "model/files/weights.h"
#include "work_parts.h"

namespace gradus::bench {
namespace {

struct CnnHolder {
  CnnHolder() : cnn_(CnnConfig{}) { cnn_.initialize(seed); }
  TinyCnn cnn_;
};

// A convolution costs 2 C_out C kH kW for each place of its output: here 28 x 28, then 14 x 14 after the pooling.
constexpr double conv1_flops = 2.0 * 16 * 1 * 25 * 28 * 28, conv2_flops = 2.0 * 32 * 16 * 25 * 14 * 14;
constexpr double fc_flops = 2.0 * (32 * 7 * 7 * 64 + 64 * 10);

// Glyphs, in batches of 64.
class CnnTraining : CnnHolder, public Descent {
 public:
  CnnTraining(Index N, int threads)
      : Descent(cnn_.parameters(), Adam{.lr = 1e-3}, threads), N_(N), data_(make_glyphs(seed, batches * N)) {}

  // Each product forward, and two backward; but the images do not move, so the first convolution has one backward.
  double flops() const override {
    return static_cast<double>(N_) * (3 * (conv1_flops + conv2_flops + fc_flops) - conv1_flops);
  }

  void save(const std::string& path) override {
    save_with_data(path, cnn_.parameters(),
                   {to_write("data.images", data_.pixels), whole_numbers("data.labels", {batches, N_}, data_.labels)});
  }

 protected:
  Var objective(Tape& t, Index step) override {
    const Index first = step % batches * N_, pixels_each = data_.pixels.size() / data_.size();
    Tensor images = Tensor::borrow({N_, 1, 28, 28}, data_.pixels.data() + first * pixels_each);
    return cross_entropy(cnn_(t.constant(std::move(images))), std::span(data_.labels).subspan(first, N_));
  }

 private:
  Index N_;
  Images data_;
};

// Images (N, 1, 28, 28) move, as pixels = sigmoid(free numbers), to raise channel 5 of conv2.relu.
class CnnMaximization : CnnHolder, public Descent {
 public:
  // The pixels are made before the tape, which is told that they move.
  CnnMaximization(Index N, bool penalized, int threads)
      : CnnMaximization(penalized, threads, std::make_unique<Pixels>(Shape{N, 1, 28, 28})) {}

  // Both convolutions forward, and backward to their inputs alone.
  double flops() const override {
    return static_cast<double>(pixels_->image.shape()[0]) * 2 * (conv1_flops + conv2_flops);
  }

  void save(const std::string& path) override {
    Parameters all = cnn_.parameters();
    all.push_back(&pixels_->image);
    save_with_data(path, all, {});
  }

 protected:
  Var objective(Tape& t, Index) override { return -mean(raised_(cnn_, pixels_->input(t))); }

 private:
  CnnMaximization(bool penalized, int threads, std::unique_ptr<Pixels> pixels)
      : Descent(pixels->parameters(), Adam{.lr = 0.05}, threads), pixels_(std::move(pixels)) {
    pixels_->start(seed);
    if (penalized) raised_ += -0.05 * mean_square() - 0.1 * total_variation();
  }
  std::unique_ptr<Pixels> pixels_;
  Objective raised_ = Unit::parse("conv2.relu:5");
};

}  // namespace

std::vector<Entry> cnn_works() {
  return {{"cnn_train_step", maker<CnnTraining>(Index(64))},
          {"cnn_maximize_step/1", maker<CnnMaximization>(Index(1), false)},
          {"cnn_maximize_step/64", maker<CnnMaximization>(Index(64), false)},
          {"cnn_maximize_step_penalty/1", maker<CnnMaximization>(Index(1), true)}};
}

}  // namespace gradus::bench
