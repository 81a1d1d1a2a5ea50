// gradus_bench64 [Google Benchmark's options]: what needs double, which cannot be in one program with float.
// gradcheck_all: every check of `gradus gradcheck`, all ops and both models at tiny sizes, every element.
#include <benchmark/benchmark.h>

#include "maximize/app/gradchecks.h"

namespace {

void gradcheck_all(benchmark::State& state) {
  std::int64_t elements = 0;
  for (auto _ : state) {
    elements = 0;
    for (const auto& argument : gradus::app::run_gradchecks("", 0).arguments) {
      if (!argument.passed) state.SkipWithError((argument.op + ": " + argument.argument + " failed").c_str());
      elements += argument.elements;
    }
  }
  state.counters["elements"] = static_cast<double>(elements);
}

BENCHMARK(gradcheck_all)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
