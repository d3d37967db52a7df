#pragma once

#include <cstdint>

#include "geo/fix.h"
#include "geo/trajectory.h"

namespace spoor {

// A rectangle of latitudes and longitudes, borders included.  west > east means that it crosses the
// antimeridian.  Longitudes -180 and 180 are the same place.
struct Box {
  int32_t south_e7 = 0, west_e7 = 0, north_e7 = 0, east_e7 = 0;

  bool crosses_antimeridian() const { return west_e7 > east_e7; }
  bool Contains(const Fix& fix) const;
  bool Contains(const Box& other) const;
  bool Intersects(const Box& other) const;
  // The smallest box with both; of the two ways round the Earth the shorter one.
  Box Union(const Box& other) const;

  friend bool operator==(const Box&, const Box&) = default;
};

// The smallest box that holds the line through all fixes, whose steps go the short way round.
// REQUIRES: fixes is not empty.
Box Cover(TrajectoryView fixes);

// How a line lies to a region: it meets it, lies in it altogether, has its first or its last fix in
// it.
enum class Relation : uint8_t { kIntersects, kWithin, kStarts, kEnds };

// Whether the line through the fixes (straight in latitude and longitude, the short way round) has
// this relation to the box.  REQUIRES: fixes is not empty.
bool Meets(TrajectoryView fixes, const Box& box, Relation relation);

}  // namespace spoor
