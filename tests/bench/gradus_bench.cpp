// gradus_bench [--threads N] [Google Benchmark's options]
//
// What Gradus costs, piece by piece. Times are wall clock, and so are the counters:
//   GFLOP/s   of the matrix products alone (Work::flops), over the whole step's time
//   ns/...    nanoseconds for one
//   blocks    memory blocks that the tape asked the system for during the timed steps: 0, or the steady step allocates
#include <benchmark/benchmark.h>
#include <unistd.h>
#include <memory>

#include <chrono>
#include <cstring>
#include <filesystem>

// Eigen's own product, the other candidate for gemm_peak.
#include <Eigen/Core>

#include "autograd/kernels/parallel.h"
#include "autograd/ops.h"
#include "model/files/weights.h"
#include "model/gpt.h"
#include "nn/init.h"
#include "work.h"

namespace {

using namespace gradus;
using benchmark::State;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Steps after a warm-up, with their rate and what they allocated.
void time_steps(State& state, const std::string& name, int threads) {
  const auto work = bench::make_work(name, threads);
  for (int i = 0; i < 3; ++i) work->step();
  const Tape::Counts before = work->tape().counts();
  const double start = now();
  for (auto _ : state) benchmark::DoNotOptimize(work->step());
  const double seconds = (now() - start) / static_cast<double>(state.iterations());
  const Tape::Counts after = work->tape().counts();
  state.counters["GFLOP/s"] = work->flops() / seconds / 1e9;
  state.counters["ms"] = 1000 * seconds;
  state.counters["blocks"] =
      static_cast<double>(after.blocks + after.leaf_gradients - before.blocks - before.leaf_gradients);
  state.counters["MB"] = static_cast<double>(after.bytes) / 1e6;
}

// One token more, by the model's own `generate`, averaged over a text that grows from 1 token to the whole context.
void gpt_generate_token(State& state, int threads) {
  TinyGpt gpt(GptConfig{});
  gpt.initialize(1);
  const int count = static_cast<int>(gpt.config().block_size) - 1;
  const double start = now();
  for (auto _ : state) benchmark::DoNotOptimize(generate(gpt, {0}, count, {.seed = 1}, threads));
  state.counters["ms"] = 1000 * (now() - start) / static_cast<double>(state.iterations()) / count;
}

// micrograd's kind of work: expressions of single numbers, 1,000 nodes on a tape that is cleared and used again. A
// round of five operations, x <- tanh(a x + b) * c - d, with eight sets of leaves that move.
void scalar_op(State& state, int threads) {
  std::vector<std::unique_ptr<Parameter>> owned;
  Parameters leaves;
  for (int i = 0; i < 32; ++i) {
    owned.push_back(
        std::make_unique<Parameter>("p" + std::to_string(i), Tensor({}, {static_cast<Real>(0.1 + 0.02 * i)})));
    leaves.push_back(owned.back().get());
  }
  Tape tape(leaves, threads);
  double forward = 0, backward = 0;
  std::size_t operations = 0;
  for (auto _ : state) {
    const double begin = now();
    tape.clear();
    tape.zero_grad();
    std::vector<Var> p;
    for (const Parameter* leaf : leaves) p.push_back(tape.leaf(*leaf));
    Var x = p[0];
    for (std::size_t i = 0; tape.nodes().size() + 5 <= 1000; i = (i + 4) % 32)
      x = tanh(p[i] * x + p[i + 1]) * p[i + 2] - p[i + 3];
    const double middle = now();
    tape.backward(x);
    forward += middle - begin;
    backward += now() - middle;
    operations = tape.nodes().size() - leaves.size();
  }
  const double each = 1e9 / static_cast<double>(operations) / static_cast<double>(state.iterations());
  state.counters["ns/forward"] = each * forward;
  state.counters["ns/backward"] = each * backward;
  state.counters["ns/op"] = each * (forward + backward);
}

// N nodes on a fresh tape, every value used twice: a walk along all paths would take 2^(N/2) visits. Fails unless
// backward visits exactly N.
void tape_nodes(State& state, Index N, int threads) {
  Parameter a("a", Tensor({}, {Real(0.5)}));
  Index visited = 0;
  double backward = 0;
  const double start = now();
  for (auto _ : state) {
    Tape tape({&a}, threads);
    const Var leaf = tape.leaf(a);
    Var x = leaf;
    while (static_cast<Index>(tape.nodes().size()) + 2 <= N + 1) x = x * leaf + x;
    if (static_cast<Index>(tape.nodes().size()) < N + 1) x = tanh(x);
    const double middle = now();
    tape.begin_backward(x, Tensor::full({}, 1));
    for (visited = 0; tape.step_back();) ++visited;
    backward += now() - middle;
  }
  const double seconds = now() - start;
  if (visited != N)
    state.SkipWithError(("visited " + std::to_string(visited) + " nodes, not " + std::to_string(N)).c_str());
  const double each = 1e9 / static_cast<double>(N) / static_cast<double>(state.iterations());
  state.counters["ns/node"] = each * seconds;
  state.counters["ns/backward"] = each * backward;
  state.counters["visited"] = static_cast<double>(visited);
}

// The largest rate that products reach here. C = A B with K x K factors: 2 K^3 FLOP, by the library's matmul and by
// Eigen's product with one product a thread; the larger of the two counts.
void gemm_peak(State& state, Index K, int threads) {
  const int n = threads > 0 ? threads : available_threads();
  Parameter a("a", Shape{K, K}), b("b", Shape{K, K});
  fill_normal(a, 0, 1, 1);
  fill_normal(b, 0, 1, 2);
  Tape tape({}, threads);
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Matrix> A(a.value().data(), K, K), B(b.value().data(), K, K);
  std::vector<Matrix> C(n, Matrix(K, K));
  const double flop = 2.0 * static_cast<double>(K * K * K);
  double library = 0, eigen = 0;
  for (auto _ : state) {
    const double begin = now();
    tape.clear();
    matmul(tape.leaf(a), tape.leaf(b));
    const double middle = now();
    parallel_for(n, n, [&](Index i) { C[i].noalias() = A * B; });
    const double end = now();
    library = std::max(library, flop / (middle - begin));
    eigen = std::max(eigen, flop * n / (end - middle));
  }
  state.counters["GFLOP/s"] = std::max(library, eigen) / 1e9;
  state.counters["matmul"] = library / 1e9;
  state.counters["eigen"] = eigen / 1e9;
}

// A file of 10.8 million weights, read, checked and copied into the model; it lies in the system's cache.
void load_weights(State& state) {
  namespace fs = std::filesystem;
  const fs::path path = fs::temp_directory_path() / ("gradus_bench." + std::to_string(getpid()) + ".safetensors");
  TinyGpt gpt({.vocab_size = 65, .block_size = 256, .n_layer = 6, .n_head = 6, .n_embd = 384});
  gpt.initialize(1);
  gpt.save(path.string());
  const double start = now();
  for (auto _ : state) gradus::load_weights(path.string(), gpt.parameters());
  const double seconds = (now() - start) / static_cast<double>(state.iterations());
  state.counters["MB/s"] = static_cast<double>(fs::file_size(path)) / 1e6 / seconds;
  fs::remove(path);
}

// --threads N or --threads=N, taken out of the arguments before Google Benchmark sees them.
int take_threads(int& argc, char** argv) {
  int threads = 0, kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--threads=", 10) == 0)
      threads = std::atoi(argv[i] + 10);
    else if (std::strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
      threads = std::atoi(argv[++i]);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  return threads;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = take_threads(argc, argv);
  const auto add = [](const std::string& name, auto function) {
    return benchmark::RegisterBenchmark(name.c_str(), function)->Unit(benchmark::kMillisecond);
  };
  for (const std::string& name : bench::work_names()) add(name, [=](State& s) { time_steps(s, name, threads); });
  add("gpt_generate_token", [=](State& s) { gpt_generate_token(s, threads); });
  add("scalar_op", [=](State& s) { scalar_op(s, threads); });
  for (const Index n : {1000, 10000, 100000, 1000000})
    add("tape_nodes/" + std::to_string(n), [=](State& s) { tape_nodes(s, n, threads); })->MinWarmUpTime(0.5);
  for (const Index k : {64, 128, 256, 384, 512, 768, 1024})
    add("gemm_peak/" + std::to_string(k), [=](State& s) { gemm_peak(s, k, threads); });
  add("load_weights", [](State& s) { load_weights(s); });
  benchmark::AddCustomContext("threads", std::to_string(threads > 0 ? threads : available_threads()));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
