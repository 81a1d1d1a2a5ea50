// A line chart as SVG.
#include "maximize/report/curve.h"

#include <limits>

#include "autograd/error.h"
#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

TEST_CASE("a chart: its lines where the numbers say, round ticks, levels and labels") {
  // The plot runs from x = 58 to 640 - 16 - 7 * 9 = 561 and from y = 30 to 278. From 0 to 10 it is 10.8 high, with 4 %
  // above and below: 10 stands at 30 + 248 * 0.4 / 10.8 = 39.2, 0 at 268.8, 5 at 154.
  const std::string svg =
      curves(CurveChart{.y = "a < b", .lines = {{"up", {0, 100}, {0, 10}}}, .levels = {{"half", 5}}});
  REQUIRE_THAT(svg, Contains("width=\"640\" height=\"320\""));
  REQUIRE_THAT(svg, Contains("<path class=\"series series-0\" d=\"M58.0,268.8L568.0,39.2\"/>"));
  REQUIRE_THAT(svg, Contains("<path class=\"level\" d=\"M58.0,154.0H568\"/>"));
  REQUIRE_THAT(svg, Contains(">half = 5<") && Contains(">up<") && Contains(">a &lt; b<") && Contains(">step<"));
  for (const char* tick : {">0<", ">2<", ">4<", ">6<", ">8<", ">10<", ">100<"}) REQUIRE_THAT(svg, Contains(tick));
}

TEST_CASE("a chart has a gap where a value is not finite, a colour a line, and labels that do not cover each other") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string svg =
      curves(CurveChart{.lines = {{"a", {0, 1, 2, 3}, {1, nan, 1, 1}}, {"b", {0, 3}, {0, 1}}, {"none", {0}, {nan}}},
                        .levels = {{"not drawn", std::numeric_limits<double>::infinity()}}});
  REQUIRE_THAT(svg, Contains("series-0") && Contains("series-1") && !Contains("nan") && !Contains("inf"));
  const std::size_t at = svg.find("series-0\" d=\"M") + 14;
  REQUIRE(svg.substr(at, svg.find('"', at) - at).find('M') != std::string::npos);  // the pen was lifted
  const auto height = [&](const std::string& label) {
    const std::size_t end = svg.find(">" + label + "<"), from = svg.rfind(" y=\"", end) + 4;
    return std::stoi(svg.substr(from, end - from));
  };
  REQUIRE(std::abs(height("a") - height("b")) >= 15);
}

TEST_CASE("a flat line, a report, and what cannot be drawn") {
  REQUIRE_THAT(curves(CurveChart{.lines = {{"", {3}, {2}}}}), Contains("series-0"));
  RunReport r;
  r.quantity = "activation";
  r.unit = "conv2.relu:5";
  r.add(0, 0.25), r.add(10, 3.5);
  r.levels = {{"data maximum", 1.5}};
  REQUIRE_THAT(curves(r), Contains(">activation<") && Contains(">conv2.relu:5<") && Contains(">data maximum = 1.5<"));
  REQUIRE_THROWS_WITH(curves(CurveChart{}), "curves: expected a line with a finite value, got none");
  REQUIRE_THROWS_WITH(curves(CurveChart{.lines = {{"a", {1, 2}, {1}}}}),
                      "curves: expected an x for every y, got 2 and 1 in 'a'");
  REQUIRE_THROWS_WITH(curves(CurveChart{.lines = {{"a", {1}, {1}}}, .width = 100}),
                      "curves: expected at least 240 x 120 pixels, got 100 x 320");
}
