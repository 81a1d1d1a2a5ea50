#include "model/data/glyph.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "autograd/error.h"
#include "autograd/random.h"

namespace gradus {
namespace {

struct Point {
  double u, v;
};
Point operator+(Point a, Point b) {
  return {a.u + b.u, a.v + b.v};
}
Point operator-(Point a, Point b) {
  return {a.u - b.u, a.v - b.v};
}
Point operator*(double s, Point a) {
  return {s * a.u, s * a.v};
}
double dot(Point a, Point b) {
  return a.u * b.u + a.v * b.v;
}

// loop and curve are splines, closed and open; bar, stem and diagonal are straight.
enum class Kind { loop, curve, bar, stem, diagonal };

struct Stroke {
  Kind kind;
  std::vector<int> points;  // by number: strokes that share a point stay joined however it wobbles
};

struct Digit {
  double share;  // of the samples with this label; a label's shares sum to 1
  std::vector<Point> points;
  std::vector<Stroke> strokes;
  int enclosed = 0;  // loops that are closed by straight strokes together
};

using Digits = std::array<std::vector<Digit>, glyph_classes>;

// clang-format off
const Digits& digits() {
  using enum Kind;
  static const Digits table = {{
      // 0: closed; or open at the top
      {{0.75, {{0, -1}, {.42, -.7}, {.56, 0}, {.4, .72}, {0, 1}, {-.42, .7}, {-.56, 0}, {-.4, -.72}},
        {{loop, {0, 1, 2, 3, 4, 5, 6, 7}}}},
       {0.25, {{-.14, -1}, {-.46, -.66}, {-.56, 0}, {-.42, .7}, {0, 1}, {.42, .72}, {.58, .05}, {.5, -.5}},
        {{curve, {0, 1, 2, 3, 4, 5, 6, 7}}}}},
      // 1: a stem; or with flag and foot
      {{0.6, {{0, -1}, {0, 1}}, {{stem, {0, 1}}}},
       {0.4, {{0, -1}, {0, 1}, {-.36, -.62}, {-.4, 1}, {.4, 1}},
        {{diagonal, {2, 0}}, {stem, {0, 1}}, {bar, {3, 1, 4}}}}},
      // 2: with a straight foot; or with a loop at the foot
      {{0.6, {{-.5, -.55}, {-.3, -.9}, {.08, -1}, {.45, -.7}, {.38, -.2}, {-.1, .4}, {-.55, .95}, {.55, .95}},
        {{curve, {0, 1, 2, 3, 4, 5, 6}}, {bar, {6, 7}}}},
       {0.4, {{-.5, -.55}, {-.3, -.9}, {.08, -1}, {.45, -.7}, {.38, -.3}, {.14, .12}, {-.04, .44}, {-.36, 1},
              {-.76, .72}, {-.46, .3}, {.2, .94}, {.6, .84}},
        {{curve, {0, 1, 2, 3, 4, 5, 6}}, {loop, {6, 7, 8, 9}}, {curve, {6, 10, 11}}}}},
      // 3: two curves; or with a flat top
      {{0.65, {{-.46, -.72}, {-.05, -1}, {.42, -.72}, {.3, -.25}, {-.08, -.06}, {.42, .2}, {.48, .62},
              {.02, 1}, {-.5, .72}},
        {{curve, {0, 1, 2, 3, 4}}, {curve, {4, 5, 6, 7, 8}}}},
       {0.35, {{-.46, -.95}, {.46, -.95}, {-.1, -.15}, {.4, .08}, {.5, .55}, {.05, 1}, {-.5, .78}},
        {{bar, {0, 1}}, {diagonal, {1, 2}}, {curve, {2, 3, 4, 5, 6}}}}},
      // 4: open; or closed by its diagonal
      {{0.6, {{-.42, -.9}, {-.5, .2}, {.58, .16}, {.3, -.95}, {.28, 1}},
        {{stem, {0, 1}}, {bar, {1, 2}}, {stem, {3, 4}}}},
       {0.4, {{.28, -1}, {-.64, .38}, {.64, .38}, {.28, 1}},
        {{diagonal, {0, 1}}, {bar, {1, 2}}, {stem, {0, 3}}}, 1}},
      // 5: with a straight top; or in one curve
      {{0.65, {{.5, -.95}, {-.36, -.95}, {-.42, -.18}, {.1, -.32}, {.5, .05}, {.46, .62}, {0, 1}, {-.5, .78}},
        {{bar, {0, 1}}, {stem, {1, 2}}, {curve, {2, 3, 4, 5, 6, 7}}}},
       {0.35, {{.52, -.84}, {.1, -.98}, {-.32, -.82}, {-.38, -.4}, {0, -.16}, {.42, .12}, {.42, .68},
              {-.02, 1}, {-.5, .84}},
        {{curve, {0, 1, 2, 3, 4, 5, 6, 7, 8}}}}},
      // 6: with a curved back; or a straight one
      {{0.65, {{.4, -.92}, {-.05, -.8}, {-.42, -.3}, {-.54, .36}, {-.34, .86}, {.08, 1}, {.48, .74},
              {.46, .22}, {.08, -.06}},
        {{curve, {0, 1, 2, 3}}, {loop, {3, 4, 5, 6, 7, 8}}}},
       {0.35, {{.12, -1}, {-.5, .3}, {-.42, .8}, {0, 1}, {.46, .78}, {.46, .24}, {.08, .02}},
        {{diagonal, {0, 1}}, {loop, {1, 2, 3, 4, 5, 6}}}}},
      // 7: plain; or with a bar through its leg
      {{0.6, {{-.52, -.92}, {.5, -.92}, {-.12, 1}}, {{bar, {0, 1}}, {diagonal, {1, 2}}}},
       {0.4, {{-.52, -.92}, {.5, -.92}, {-.12, 1}, {-.25, .08}, {.48, .02}},
        {{bar, {0, 1}}, {diagonal, {1, 2}}, {bar, {3, 4}}}}},
      // 8: always two loops
      {{1.0, {{0, -.1}, {.38, -.4}, {.36, -.8}, {0, -1}, {-.38, -.8}, {-.36, -.4}, {.46, .3}, {.42, .8},
              {0, 1}, {-.46, .8}, {-.46, .28}},
        {{loop, {0, 1, 2, 3, 4, 5}}, {loop, {0, 6, 7, 8, 9, 10}}}}},
      // 9: with a straight stem; or a curved tail
      {{0.55, {{.42, -.8}, {0, -1}, {-.46, -.76}, {-.46, -.28}, {-.1, -.02}, {.4, -.26}, {.38, 1}},
        {{loop, {0, 1, 2, 3, 4, 5}}, {stem, {0, 5, 6}}}},
       {0.45, {{.48, -.45}, {.3, -.92}, {-.08, -1}, {-.46, -.7}, {-.42, -.2}, {.04, .02}, {.44, .2},
              {.2, .82}, {-.32, .98}},
        {{loop, {0, 1, 2, 3, 4, 5}}, {curve, {0, 6, 7, 8}}}}},
  }};
  return table;
}
// clang-format on

unsigned parts_of(const Digit& digit) {
  unsigned parts = 0;
  int loops = digit.enclosed;
  for (const Stroke& stroke : digit.strokes) {
    if (stroke.kind == Kind::loop) ++loops;
    if (stroke.kind == Kind::curve) parts |= glyph_curve;
    if (stroke.kind == Kind::bar) parts |= glyph_bar;
    if (stroke.kind == Kind::stem) parts |= glyph_stem;
    if (stroke.kind == Kind::diagonal) parts |= glyph_diagonal;
  }
  if (loops > 0) parts |= glyph_loop;
  if (loops > 1) parts |= glyph_two_loops;
  return parts;
}

// The stroke as a chain of short straight pieces. Splines are Catmull and Rom's (1974): they pass through their points,
// and the tangent at a point is half of the way from its predecessor to its successor. An open end repeats its point.
std::vector<Point> flatten(const Stroke& stroke, const std::vector<Point>& points) {
  const Index n = std::ssize(stroke.points);
  const auto at = [&](Index i) {
    i = stroke.kind == Kind::loop ? (i + n) % n : std::clamp<Index>(i, 0, n - 1);
    return points[stroke.points[i]];
  };
  std::vector<Point> chain = {at(0)};
  if (stroke.kind != Kind::loop && stroke.kind != Kind::curve) {
    for (Index i = 1; i < n; ++i) chain.push_back(at(i));
    return chain;
  }
  constexpr int pieces = 6;  // between two points: shorter than 2 pixels
  for (Index i = 0; i < (stroke.kind == Kind::loop ? n : n - 1); ++i) {
    const Point a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
    for (int k = 1; k <= pieces; ++k) {
      const double t = static_cast<double>(k) / pieces;
      chain.push_back(b + 0.5 * t * ((c - a) + t * ((2 * a - 5 * b) + (4 * c - d) + t * (3 * (b - c) + (d - a)))));
    }
  }
  return chain;
}

// Lowers each pixel's squared distance to what it is from the segment a b, for the pixels that are nearer than `reach`.
void approach(Point a, Point b, double reach, std::array<double, glyph_pixels>& squared) {
  const auto pixel = [](double x) { return static_cast<Index>(std::clamp(x, 0.0, glyph_side - 1.0)); };
  const Point along = b - a;
  const double length = std::max(dot(along, along), 1e-12);  // squared; a segment may be a point
  for (Index y = pixel(std::ceil(std::min(a.v, b.v) - reach)); y <= pixel(std::max(a.v, b.v) + reach); ++y)
    for (Index x = pixel(std::ceil(std::min(a.u, b.u) - reach)); x <= pixel(std::max(a.u, b.u) + reach); ++x) {
      const Point from = Point{static_cast<double>(x), static_cast<double>(y)} - a;
      const Point off = from - std::clamp(dot(from, along) / length, 0.0, 1.0) * along;
      double& best = squared[y * glyph_side + x];
      best = std::min(best, dot(off, off));
    }
}

const std::vector<Digit>& variants_of(int label) {
  if (label < 0 || label >= glyph_classes)
    throw Error("glyph: expected a label of 0 to 9, got " + std::to_string(label));
  return digits()[label];
}

const Digit& digit_of(int label, int variant) {
  if (variant < 0 || variant >= std::ssize(variants_of(label)))
    throw Error("glyph: digit " + std::to_string(label) + " has no variant " + std::to_string(variant));
  return variants_of(label)[variant];
}

}  // namespace

int glyph_variants(int label) {
  return static_cast<int>(variants_of(label).size());
}

GlyphSample plain_glyph(int label, int variant) {
  GlyphSample sample;
  sample.label = label;
  sample.variant = variant;
  sample.parts = parts_of(digit_of(label, variant));
  return sample;
}

GlyphSample glyph_sample(std::uint64_t seed, Index number) {
  Random random(seed, "glyphs", static_cast<std::uint64_t>(number));
  const int label = static_cast<int>(random.below(glyph_classes));
  const int variant = random.uniform() < digits()[label][0].share ? 0 : 1;
  GlyphSample sample = plain_glyph(label, variant);
  sample.seed = seed;
  sample.number = number;
  GlyphFactors& f = sample.factors;
  f.slant = random.uniform(-0.15, 0.45);
  f.thickness = random.uniform(1.5, 3.2);
  f.scale = random.uniform(0.8, 1.1);
  f.width = random.uniform(0.75, 1.15);
  f.waist = random.uniform(-0.16, 0.16);
  f.shift_x = random.uniform(-2, 2);
  f.shift_y = random.uniform(-2, 2);
  f.wobble = random.uniform(0.02, 0.1);
  f.noise = random.uniform(0, 0.14);
  return sample;
}

void draw_glyph(const GlyphSample& sample, std::span<std::uint8_t, glyph_pixels> pixels) {
  const GlyphFactors& f = sample.factors;
  const Digit& digit = digit_of(sample.label, sample.variant);

  Random wobble(sample.seed, "glyphs wobble", static_cast<std::uint64_t>(sample.number));
  std::vector<Point> points = digit.points;
  for (Point& p : points) {
    const double right = wobble.normal(), down = wobble.normal();
    p = p + f.wobble * Point{std::clamp(right, -2.0, 2.0), std::clamp(down, -2.0, 2.0)};
  }

  constexpr double half_height = 8.8, centre = 13.5;  // pixels
  const double reach = f.thickness / 2 + 0.5;         // no ink beyond
  std::array<double, glyph_pixels> squared;           // distances to the nearest stroke, pixels squared
  squared.fill(reach * reach);
  for (const Stroke& stroke : digit.strokes) {
    std::vector<Point> chain = flatten(stroke, points);
    for (Point& p : chain) {
      const double v = p.v + f.waist * (1 - p.v * p.v);
      p = {centre + f.shift_x + half_height * f.scale * (f.width * p.u - f.slant * v),
           centre + f.shift_y + half_height * f.scale * v};
    }
    for (std::size_t i = 1; i < chain.size(); ++i) approach(chain[i - 1], chain[i], reach, squared);
  }

  Random noise(sample.seed, "glyphs noise", static_cast<std::uint64_t>(sample.number));
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const double ink = std::min(1.0, reach - std::sqrt(squared[i])) + f.noise * noise.normal();
    pixels[i] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(ink, 0.0, 1.0)));
  }
}

}  // namespace gradus
