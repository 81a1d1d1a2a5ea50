#include "autograd/tensor.h"

#include <cmath>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "autograd/arena.h"
#include "autograd/error.h"
#include "autograd/random.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

TEST_CASE("a shape counts, indexes from both ends, and tells its strides") {
  const Shape s = {2, 3, 4};
  REQUIRE(s.size() == 24);
  REQUIRE(s[-1] == 4);
  REQUIRE(s[0] == 2);
  REQUIRE(s.stride(0) == 12);
  REQUIRE(s.outer(1) == 2);
  REQUIRE(s.inner(1) == 4);
  REQUIRE(s.str() == "(2, 3, 4)");
  REQUIRE(s.with(1, 7) == Shape{2, 7, 4});
  REQUIRE(s.without(-2) == Shape{2, 4});
  REQUIRE(s.inserted(1, 9) == Shape{2, 9, 3, 4});
  REQUIRE(s.inserted(-1, 9) == Shape{2, 3, 4, 9});
  REQUIRE_FALSE(s == Shape{2, 3});
  REQUIRE(Shape{}.size() == 1);
  REQUIRE_THROWS_WITH(s[3], "shape: axis 3 is not one of the 3 axes of (2, 3, 4)");
  REQUIRE_THROWS_WITH((Shape{2, -1}), Contains("expected sizes from 0 to 2147483647, got -1"));
  REQUIRE_THROWS_WITH((Shape{Index{1} << 31}), Contains("got 2147483648"));
  REQUIRE_THROWS_WITH((Shape{2, 3}.with(1, Index{1} << 32)), Contains("got 4294967296"));
  REQUIRE_THROWS_WITH((Shape{1, 1, 1, 1, 1, 1, 1}), "shape: expected at most 6 axes, got 7");
}

TEST_CASE("shapes broadcast by PyTorch's rule") {
  Shape r;
  REQUIRE((broadcast_shapes({2, 3}, {3}, r) && r == Shape{2, 3}));
  REQUIRE((broadcast_shapes({3, 1}, {1, 4}, r) && r == Shape{3, 4}));
  REQUIRE((broadcast_shapes({}, {2, 5}, r) && r == Shape{2, 5}));
  REQUIRE((broadcast_shapes({1}, {0}, r) && r == Shape{0}));
  REQUIRE_FALSE(broadcast_shapes({2, 3}, {2}, r));
  r = {2, 1};
  REQUIRE((broadcast_shapes(r, {4, 1, 3}, r) && r == Shape{4, 2, 3}));
}

TEST_CASE("a tensor holds its values in row-major order, aligned, and copies them") {
  Tensor a({2, 3}, {1, 2, 3, 4, 5, 6});
  REQUIRE(a.at({1, 0}) == 4);
  REQUIRE(reinterpret_cast<std::uintptr_t>(a.data()) % 64 == 0);
  Tensor b = a;
  b.at({1, 0}) = 40;
  REQUIRE(a.at({1, 0}) == 4);
  REQUIRE(a.str() == "(2, 3) [1, 2, 3, 4, 5, 6]");
  REQUIRE(b.str(2) == "(2, 3) [1, 2, ...]");
  const Tensor moved = std::move(b);
  REQUIRE(moved.at({1, 0}) == 40);
  a = moved;
  REQUIRE(same_bits(a, moved));
  REQUIRE(Tensor().empty());
  REQUIRE_THROWS_WITH(a.at({2, 0}), "at: expected an index inside (2, 3), got (2, 0)");
  REQUIRE_THROWS_WITH(a.at({1, Index{-1} << 40}), Contains("got (1, -1099511627776)"));
  REQUIRE_THROWS_WITH(a.item(), "item: expected a tensor of one value, got shape (2, 3)");
  REQUIRE_THROWS_WITH(Tensor({2}, {1, 2, 3}), "Tensor: expected 2 values for shape (2), got 3");
}

TEST_CASE("a tensor of values in braces, of a vector, and in print") {
  REQUIRE(Tensor({1, 2, 3}).str() == "(3) [1, 2, 3]");
  REQUIRE(Tensor({4}).str() == "(1) [4]");
  REQUIRE(Tensor({0.5, 2}).str() == "(2) [0.5, 2]");
  REQUIRE(Tensor(Shape{2, 0}).str() == "(2, 0) []");
  const std::vector<double> numbers = {1, 2, 3, 4};
  const std::vector<int> counts = {7, 8};
  REQUIRE(Tensor({2, 2}, numbers).str() == "(2, 2) [1, 2, 3, 4]");
  REQUIRE(Tensor(counts).str() == "(2) [7, 8]");
  REQUIRE_THROWS_WITH(Tensor({3}, numbers), "Tensor: expected 3 values for shape (3), got 4");
  std::ostringstream out;
  out << Tensor({2, 1}, {1, 2}) << " " << Shape{2, 3};
  REQUIRE(out.str() == "(2, 1) [1, 2] (2, 3)");
}

TEST_CASE("tensors that share memory see each other's writes, and it lives as long as the last of them") {
  Tensor a({1, 2, 3});
  Tensor b = a.share();
  a[1] = 20;
  REQUIRE(b.str() == "(3) [1, 20, 3]");
  a = Tensor({4, 5});
  REQUIRE(b.str() == "(3) [1, 20, 3]");
  const Tensor c = b;  // a copy is one's own
  b[0] = 10;
  REQUIRE(c.str() == "(3) [1, 20, 3]");
  Real outside[] = {6, 7};
  const Tensor borrowed = Tensor::borrow({2}, outside).share();
  REQUIRE(borrowed.data() == outside);
}

TEST_CASE("a hash tells shapes and single bits apart") {
  const Tensor a({2, 3}, {1, 2, 3, 4, 5, 6}), b({3, 2}, {1, 2, 3, 4, 5, 6});
  Tensor c = a;
  REQUIRE(hash(a) == hash(c));
  REQUIRE(hash(a) != hash(b));
  c[5] = std::nextafter(c[5], Real(7));
  REQUIRE(hash(a) != hash(c));
  REQUIRE_FALSE(same_bits(Tensor({1}, {0.0}), Tensor({1}, {-0.0})));
}

TEST_CASE("random numbers are a function of seed, purpose, step and place") {
  Random a(1, "x", 2), again(1, "x", 2);
  for (int i = 0; i < 5; ++i) REQUIRE(a.bits() == again.bits());
  std::set<std::uint64_t> firsts;
  for (const std::uint64_t seed : {0U, 1U, 2U})
    for (const char* purpose : {"", "x", "xx"})
      for (const std::uint64_t step : {0U, 1U, 2U}) firsts.insert(Random(seed, purpose, step).bits());
  REQUIRE(firsts.size() == 27);
}

TEST_CASE("random numbers have the moments of their distributions") {
  Random r(3, "moments");
  const int n = 200000;
  double u = 0, uu = 0, z = 0, zz = 0, zzzz = 0, g = 0;
  int sevens[7] = {};
  for (int i = 0; i < n; ++i) {
    const double x = r.uniform(), y = r.normal();
    u += x, uu += x * x, z += y, zz += y * y, zzzz += y * y * y * y, g += r.gumbel();
    ++sevens[r.below(7)];
  }
  // Four standard errors each: of a uniform mean 0.289 / sqrt(n), of a normal one 1 / sqrt(n), and so on.
  REQUIRE(std::abs(u / n - 0.5) < 0.0026);
  REQUIRE(std::abs(uu / n - 1.0 / 3) < 0.0027);
  REQUIRE(std::abs(z / n) < 0.009);
  REQUIRE(std::abs(zz / n - 1) < 0.013);
  REQUIRE(std::abs(zzzz / n - 3) < 0.088);
  REQUIRE(std::abs(g / n - 0.5772) < 0.0115);  // Euler's constant
  for (const int count : sevens) REQUIRE(std::abs(count - n / 7.0) < 4 * std::sqrt(n / 7.0 * 6 / 7));
}

TEST_CASE("a shuffle is a permutation, and its first place is any number equally often") {
  for (const Index n : {1, 2, 3, 17, 64, 100, 1000}) {
    std::set<Index> seen;
    for (Index i = 0; i < n; ++i) seen.insert(shuffled(i, n, 1, "test", 2));
    REQUIRE(static_cast<Index>(seen.size()) == n);
    REQUIRE(*seen.begin() == 0);
    REQUIRE(*seen.rbegin() == n - 1);
  }
  int counts[10] = {};
  for (std::uint64_t step = 0; step < 10000; ++step) ++counts[shuffled(0, 10, 1, "test", step)];
  for (const int count : counts) REQUIRE(std::abs(count - 1000) < 4 * 30);  // 30: the standard deviation
}

TEST_CASE("an arena gives aligned pieces that do not overlap, and keeps its blocks over clear") {
  Arena arena;
  const auto fill = [&] {
    std::byte* last = nullptr;
    for (std::size_t i = 1; i < 3000; i += 7) {
      auto* p = static_cast<std::byte*>(arena.allocate(i, 64));
      REQUIRE(reinterpret_cast<std::uintptr_t>(p) % 64 == 0);
      std::fill(p, p + i, std::byte{7});
      REQUIRE(p != last);
      last = p;
    }
  };
  fill();
  const std::size_t blocks = arena.block_count(), bytes = arena.bytes_reserved();
  arena.clear();
  REQUIRE(arena.bytes_used() == 0);
  fill();
  REQUIRE(arena.block_count() == blocks);
  REQUIRE(arena.bytes_reserved() == bytes);
}

TEST_CASE("a product of sizes that no memory holds is an error, never a small number") {
  REQUIRE_THROWS_WITH((Shape{65536, 65536, 65536, 65536}),
                      "shape: expected at most 576460752303423488 values together, got (65536, 65536, 65536, 65536)");
  REQUIRE_THROWS_WITH((Shape{Index{1} << 30, Index{1} << 30, 16}), Contains("got (1073741824, 1073741824, 16)"));
  REQUIRE_THROWS_WITH((Shape{0, Index{1} << 30, Index{1} << 30}), Contains("values together"));  // its strides too
  REQUIRE_THROWS_WITH((Shape{Index{1} << 30, 1}.with(1, Index{1} << 30)), Contains("values together"));
  REQUIRE_THROWS_WITH((Shape{Index{1} << 30}.inserted(0, Index{1} << 30)), Contains("values together"));
  REQUIRE((Shape{Index{1} << 30, Index{1} << 29}.size() == Index{1} << 59));
}

// (The address sanitizer ends the program instead.)
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("no memory is an error that says how much was asked for") {
  REQUIRE_THROWS_WITH(Tensor(Shape{Index{1} << 30, Index{1} << 27}),
                      "Tensor: no memory for " + std::to_string((Index{1} << 57) * Index(sizeof(Real)) + 64) +
                          " bytes, (1073741824, 134217728)");
  Arena arena;
  REQUIRE_THROWS_WITH(arena.allocate(std::size_t{1} << 60, 64), "Arena: no memory for 1152921504606846976 bytes");
  REQUIRE(arena.allocate(64, 64) != nullptr);
}
#endif
