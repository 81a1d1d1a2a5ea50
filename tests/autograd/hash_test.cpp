#include "autograd/hash.h"

#include <vector>

#include "tests/catch.h"

using namespace gradus;

TEST_CASE("fingerprints are FNV-1a's, and tell numbers and their order apart") {
  STATIC_REQUIRE(hash_step(hash_start, 'a') == 0xaf63dc4c8601ec8cU);  // the authors' test vector for "a"
  STATIC_REQUIRE(hash(std::span<const Index>()) == hash_start);
  const std::vector<Index> a = {1, 2, 300}, b = {2, 1, 300}, c = {1, 2, 44};  // 300 and 44 share their lowest byte
  REQUIRE(hash(a) == hash_step(hash_step(hash_step(hash_start, 1), 2), 300));
  REQUIRE(hash(a) != hash(b));
  REQUIRE(hash(a) != hash(c));
}
