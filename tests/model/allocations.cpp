// Fails every allocation of two training steps of each model in turn. Each time there is one error, std::bad_alloc or a
// tensor's Error that says how much was asked for, which reaches the caller, also out of a loop on several threads, and
// afterwards the same steps go well.
//
// An executable of its own: it replaces operator new, and malloc where the libraries themselves call it, as Eigen's
// temporaries do.
#include <link.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "maximize/both_directions.h"
#include "model/data/glyphs.h"

namespace {

std::atomic<long> left{-1};  // allocations until one fails; below 0: none does
std::atomic<long> made{0};

std::atomic<long> by_malloc{0};  // of those

// Counts an allocation, and says whether it is the one that fails.
bool fails() {
  made.fetch_add(1, std::memory_order_relaxed);
  return left.load(std::memory_order_relaxed) >= 0 && left.fetch_sub(1) == 0;
}

void* allocate(std::size_t size, std::size_t alignment) {
  if (fails()) throw std::bad_alloc();
  void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

// Where the libraries are in memory.
struct Range {
  std::uintptr_t begin = 0, end = 0;
  bool has(const void* address) const {
    const auto a = reinterpret_cast<std::uintptr_t>(address);
    return a >= begin && a < end;
  }
};
Range libraries[2];

int find_libraries(dl_phdr_info* info, std::size_t, void*) {
  for (const int k : {0, 1})
    if (std::string_view(info->dlpi_name).find(k == 0 ? "libgradus64.so" : "libgradus_base.so") !=
        std::string_view::npos)
      for (int i = 0; i < info->dlpi_phnum; ++i)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X))
          libraries[k] = {info->dlpi_addr + info->dlpi_phdr[i].p_vaddr,
                          info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz};
  return 0;
}

}  // namespace

extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* malloc(std::size_t size) {
  const void* caller = __builtin_return_address(0);
  if (libraries[0].has(caller) || libraries[1].has(caller)) {
    ++by_malloc;
    if (fails()) return nullptr;
  }
  return __libc_malloc(size);
}

void* operator new(std::size_t size) {
  return allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return __libc_malloc(size);  // who asks so can do without (std::stable_sort)
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace {

using namespace gradus;

// Whether every failing allocation of work() is one error.
template <class Work>
bool every_failure_is_clean(const char* name, const Work& work) {
  work();  // what is allocated once and for all
  made = by_malloc = 0;
  work();
  const long count = made, eigen = by_malloc;
  for (long failing = 0; failing < count; ++failing) {
    left = failing;
    bool failed = false;
    try {
      work();
    } catch (const std::bad_alloc&) {
      failed = true;
    } catch (const Error& e) {
      failed = std::string_view(e.what()).find("no memory for") != std::string_view::npos;
    }
    // Threads may allocate in another order, but never more or fewer times than by a few: the last may not be reached.
    const bool reached = left.exchange(-1) < 0;
    if (reached != failed) {
      std::printf("%s: allocation %ld of %ld failed, and %s\n", name, failing, count,
                  failed ? "came twice" : "nobody was told");
      return false;
    }
  }
  work();
  std::printf("%s: %ld allocations, %ld of them Eigen's, each failed once\n", name, count, eigen);
  return true;
}

}  // namespace

int main() {
  dl_iterate_phdr(find_libraries, nullptr);
  if (libraries[0].begin == 0 || libraries[1].begin == 0) {
    std::puts("the libraries were not found in memory");
    return 1;
  }
  constexpr int threads = 2;
  TinyCnn cnn(CnnConfig{2, 4, 8, 10, 28});
  cnn.initialize(0);
  const Images images = make_glyphs(0, 8, 0, threads);
  TinyGpt gpt(GptConfig{16, 4, 1, 2, 8, 0.1});
  gpt.initialize(0);
  std::vector<Index> text;
  for (Index i = 0; i < 64; ++i) text.push_back(i * i % 16);
  const auto go_on = [](const Step&) { return true; };

  bool clean = every_failure_is_clean("make_glyphs", [&] { make_glyphs(0, 8, 0, threads); });
  clean &= every_failure_is_clean(
      "TinyCnn", [&] { train(cnn, images, {.size = 4, .seed = 0}, Adam{}, Budget(2, 0, threads), go_on); });
  clean &= every_failure_is_clean("TinyGpt", [&] {
    train(gpt, text, {.size = 2, .length = 4, .seed = 0}, Optimizer(AdamW{}).clip(1), Budget(2, 0, threads), go_on);
  });
  // What uses Eigen's tensors, which fetch memory of their own.
  Parameter six("six", Tensor::full({8, 5, 7, 6, 9, 8}, 1));
  clean &= every_failure_is_clean("permute", [&] {
    Tape t({&six}, threads);
    t.backward(sum(square(permute(t.leaf(six), {5, 3, 1, 0, 2, 4}))));
  });
  return clean ? 0 : 1;
}
