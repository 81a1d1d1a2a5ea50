#include "maximize/judges/rejects.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "autograd/error.h"
#include "autograd/random.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

constexpr Index side = glyph_side, pixels = glyph_pixels;

class Maker {
 public:
  Maker(const Images& images, std::uint64_t seed, std::uint64_t step)
      : images_(images), random_(seed, "rejects", step) {}

  void make(Reject kind, Real* to) {
    if (kind == Reject::uniform) return uniform(to);
    if (kind == Reject::smooth) return smooth(to);
    if (kind == Reject::blocks) return blocks(to);
    if (kind == Reject::overlay) return overlay(to);
    mosaic(to);
  }

 private:
  Index any() { return random_.below(images_.size()); }
  const Real* image(Index i) const { return images_.pixels.data() + i * pixels; }

  void uniform(Real* to) {
    for (Index j = 0; j < pixels; ++j) to[j] = static_cast<Real>(random_.uniform());
  }

  // Blurred by the mean with the neighbours, one to six times.
  void smooth(Real* to) {
    uniform(to);
    std::array<Real, pixels> from;
    for (Index times = 1 + random_.below(6); times > 0; --times) {
      std::copy_n(to, pixels, from.begin());
      for (Index r = 0; r < side; ++r)
        for (Index c = 0; c < side; ++c) {
          const auto at = [&](Index row, Index column) {
            return from[static_cast<std::size_t>((row + side) % side * side + (column + side) % side)];
          };
          to[r * side + c] = (at(r, c) + at(r - 1, c) + at(r + 1, c) + at(r, c - 1) + at(r, c + 1)) / 5;
        }
    }
    const auto [least, most] = std::minmax_element(to, to + pixels);
    const Real low = *least, width = *most - low;
    const double floor = random_.uniform(0, 0.6);  // most of the image is dark, as natural ones are
    for (Index j = 0; j < pixels; ++j)
      to[j] = static_cast<Real>(std::max(0.0, (static_cast<double>((to[j] - low) / width) - floor) / (1 - floor)));
  }

  void blocks(Real* to) {
    constexpr Index size = side / 4;
    const Real* from = image(any());
    std::array<Index, 16> order;
    std::iota(order.begin(), order.end(), Index(0));
    for (Index i = 15; i > 0; --i)
      std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(random_.below(i + 1))]);
    for (Index b = 0; b < 16; ++b)
      for (Index r = 0; r < size; ++r) {
        const Index source = order[static_cast<std::size_t>(b)];
        std::copy_n(from + (source / 4 * size + r) * side + source % 4 * size, size,
                    to + (b / 4 * size + r) * side + b % 4 * size);
      }
  }

  void overlay(Real* to) {
    const Index first = any();
    std::copy_n(image(first), pixels, to);
    for (Index more = 1 + random_.below(2); more > 0; --more) {
      Index other = any();
      while (images_.labels[other] == images_.labels[first]) other = any();
      // Shifted: a 1 upon a 7 in its place would be a 7.
      const Index down = (3 + random_.below(5)) * (random_.below(2) == 0 ? 1 : -1);
      const Index right = (3 + random_.below(5)) * (random_.below(2) == 0 ? 1 : -1);
      for (Index r = std::max<Index>(0, down); r < side + std::min<Index>(0, down); ++r)
        for (Index c = std::max<Index>(0, right); c < side + std::min<Index>(0, right); ++c)
          to[r * side + c] = std::max(to[r * side + c], image(other)[(r - down) * side + c - right]);
    }
  }

  void mosaic(Real* to) {
    for (Index quarter = 0; quarter < 4; ++quarter) {
      const Real* from = image(any());
      const Index top = quarter / 2 * (side / 2), left = quarter % 2 * (side / 2);
      // Not the quarter that lies there: four of the same digit would show it again.
      const Index source = (quarter + 1 + random_.below(3)) % 4;
      const Index row = source / 2 * (side / 2), column = source % 2 * (side / 2);
      for (Index r = 0; r < side / 2; ++r)
        std::copy_n(from + (row + r) * side + column, side / 2, to + (top + r) * side + left);
    }
  }

  const Images& images_;
  Random random_;
};

}  // namespace

Tensor rejects(const Images& images, Index N, std::uint64_t seed, std::uint64_t step) {
  if (images.size() == 0 || std::count(images.labels.begin(), images.labels.end(), images.labels[0]) == images.size())
    throw Error("rejects: expected images of at least two digits");
  Tensor all(Shape{N, 1, side, side});
  for (Index i = 0; i < N; ++i)
    Maker(images, seed, step * static_cast<std::uint64_t>(N) + static_cast<std::uint64_t>(i))
        .make(static_cast<Reject>(i % reject_kinds), all.data() + i * pixels);
  return all;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
