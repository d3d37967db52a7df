#pragma once

#include <array>
#include <cstdint>

#include "geo/box.h"
#include "geo/trajectory.h"

namespace spoor {

// How a line runs within its box, in thirty-two bytes: it is cut into at most eight parts of as
// many steps each, and of the box of each part is known how far, about, its sides lie within those
// of the whole.  Never further than they do, so what a part says holds for all its fixes.
struct Outline {
  static constexpr uint32_t kMaxParts = 8;
  // From the side of the whole, in 255ths of its extent in that direction.
  struct Insets {
    uint8_t south = 0, west = 0, north = 0, east = 0;
    friend bool operator==(const Insets&, const Insets&) = default;
  };
  std::array<Insets, kMaxParts> parts;  // 0 beyond those that there are

  friend bool operator==(const Outline&, const Outline&) = default;
};
static_assert(sizeof(Outline) == sizeof(Outline::Insets) * Outline::kMaxParts);

// How many parts a line has.  REQUIRES: fixes > 0.
inline uint32_t PartsOf(uint32_t fixes) {
  const uint32_t steps = fixes - 1;
  return steps == 0 ? 1 : steps < Outline::kMaxParts ? steps : Outline::kMaxParts;
}
// The fix that a part begins with; it ends with the one that the next part would begin with.
inline uint32_t PartStart(uint32_t fixes, uint32_t part) {
  return static_cast<uint32_t>(uint64_t{fixes - 1} * part / PartsOf(fixes));
}

// How many fixes a part has for itself, without the one that it shares with the next part.
inline uint32_t PointsOf(uint32_t fixes, uint32_t part) {
  const bool last = part + 1 == PartsOf(fixes);
  return PartStart(fixes, part + 1) - PartStart(fixes, part) + (last ? 1 : 0);
}

// How far the sides of a box lie within those of another one that holds it, and the box that
// follows.
Outline::Insets InsetsOf(const Box& inner, const Box& outer);
Box BoxOf(const Outline::Insets& insets, const Box& outer);

// REQUIRES: fixes is not empty, box is Cover(fixes).
Outline OutlineOf(TrajectoryView fixes, const Box& box);

}  // namespace spoor
