// Arena: memory that is handed out piece after piece and taken back all at once. A tape keeps two: one for its nodes,
// one for their tensors. clear() keeps the blocks, so a training step that repeats allocates nothing after the first.
// In debug and check builds tensor memory is fresh NaN, and under the address sanitizer what was cleared is poisoned.
#pragma once

#include <cstddef>
#include <vector>

#include "autograd/config.h"

namespace gradus {

class GRADUS_API Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // alignment: a power of two, at most 64. Throws Error where there is no memory.
  void* allocate(std::size_t bytes, std::size_t alignment);
  void clear();  // takes everything back, keeps the blocks

  std::size_t bytes_used() const;                             // handed out since the last clear()
  std::size_t bytes_reserved() const;                         // held in blocks
  std::size_t block_count() const { return blocks_.size(); }  // stays the same in a steady step

 private:
  struct Block {
    std::byte* memory;
    std::size_t size, used;
  };
  std::vector<Block> blocks_;
  std::size_t current_ = 0;  // the block that is being filled; the ones before it are full
};

}  // namespace gradus
