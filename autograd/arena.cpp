#include "autograd/arena.h"

#include <algorithm>
#include <new>
#include <string>

#include "autograd/error.h"

#if defined(__SANITIZE_ADDRESS__)
#define GRADUS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GRADUS_ASAN 1
#endif
#endif
#if defined(GRADUS_ASAN)
#include <sanitizer/asan_interface.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace gradus {
namespace {

constexpr std::size_t first_block = std::size_t{1} << 16;
constexpr std::size_t largest_growth = std::size_t{1} << 26;
constexpr std::size_t huge_page = std::size_t{1} << 21;

std::size_t alignment_of(std::size_t block) {
  return block >= huge_page ? huge_page : 64;
}

// Fetched from the system in pages of 4 KB, a large block costs more time than what is computed in it.
void prefer_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
  if (bytes >= huge_page) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

void poison([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(GRADUS_ASAN)
  __asan_poison_memory_region(memory, bytes);
#endif
}

void unpoison([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(GRADUS_ASAN)
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

std::size_t round_up(std::size_t n, std::size_t multiple) {
  return (n + multiple - 1) & ~(multiple - 1);
}

}  // namespace

Arena::~Arena() {
  for (const Block& b : blocks_) {
    unpoison(b.memory, b.size);
    ::operator delete(b.memory, std::align_val_t{alignment_of(b.size)});
  }
}

void* Arena::allocate(std::size_t bytes, std::size_t alignment) {
  for (; current_ < blocks_.size(); ++current_) {
    Block& b = blocks_[current_];
    const std::size_t at = round_up(b.used, alignment);
    if (at + bytes <= b.size) {
      b.used = at + bytes;
      unpoison(b.memory + at, bytes);
      return b.memory + at;
    }
  }
  const std::size_t grown = blocks_.empty() ? first_block : std::min(2 * blocks_.back().size, largest_growth);
  const std::size_t least = std::max(bytes, grown), size = round_up(least, alignment_of(least));
  blocks_.reserve(blocks_.size() + 1);  // so that nothing fails once the memory is there
  auto* memory = static_cast<std::byte*>(::operator new(size, std::align_val_t{alignment_of(size)}, std::nothrow));
  if (!memory) throw Error("Arena: no memory for " + std::to_string(size) + " bytes");
  prefer_huge_pages(memory, size);
  poison(memory, size);
  blocks_.push_back({memory, size, bytes});
  unpoison(memory, bytes);
  return memory;
}

void Arena::clear() {
  for (Block& b : blocks_) {
    poison(b.memory, b.size);
    b.used = 0;
  }
  current_ = 0;
}

std::size_t Arena::bytes_used() const {
  std::size_t sum = 0;
  for (const Block& b : blocks_) sum += b.used;
  return sum;
}

std::size_t Arena::bytes_reserved() const {
  std::size_t sum = 0;
  for (const Block& b : blocks_) sum += b.size;
  return sum;
}

}  // namespace gradus
