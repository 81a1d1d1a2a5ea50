// Catch2, version 2 or 3, whichever is installed.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
using Catch::Approx;
// Version 2's name. Version 3 has given it to ranges, in a header that is not included here.
namespace Catch::Matchers {
inline StringContainsMatcher Contains(const std::string& words) {
  return ContainsSubstring(words);
}
}  // namespace Catch::Matchers
#else
#include <catch2/catch.hpp>
#endif
