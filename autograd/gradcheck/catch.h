// Gradient checks as Catch2 matchers (version 2 or 3), so that a test is one line and fails with the report:
//
//   REQUIRE_THAT(gradcheck([&](Tape& t) { return my_op(t.leaf(x)); }, {&x}), PassesGradcheck());
//   REQUIRE_THAT(gradcheck(broken, {&x}), FailsGradcheck(Cause::sign));
//
// For tests only: the library itself does not know Catch2.
#pragma once

#if __has_include(<catch2/matchers/catch_matchers.hpp>)
#include <catch2/catch_tostring.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#define GRADUS_CATCH_MATCHER Catch::Matchers::MatcherBase
#else
#include <catch2/catch.hpp>
#define GRADUS_CATCH_MATCHER Catch::MatcherBase
#endif

#include "autograd/gradcheck/gradcheck.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct PassesGradcheck final : GRADUS_CATCH_MATCHER<Gradcheck> {
  bool match(const Gradcheck& check) const override { return check.passed; }
  std::string describe() const override { return "should pass"; }
};

// Fails, and the first diagnosis names this cause.
class FailsGradcheck final : public GRADUS_CATCH_MATCHER<Gradcheck> {
 public:
  explicit FailsGradcheck(Cause cause) : cause_(cause) {}
  bool match(const Gradcheck& check) const override {
    return !check.passed && !check.diagnoses.empty() && check.diagnoses[0].cause == cause_;
  }
  std::string describe() const override { return std::string("should fail, and name the cause: ") + name(cause_); }

 private:
  Cause cause_;
};

}  // namespace GRADUS_REAL
}  // namespace gradus

#undef GRADUS_CATCH_MATCHER

template <>
struct Catch::StringMaker<gradus::Gradcheck> {
  static std::string convert(const gradus::Gradcheck& check) { return "\n" + check.report(); }
};
