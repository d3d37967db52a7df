#pragma once

#include <vector>

#include "geo/local_plane.h"

namespace spoor {

// A closed line on a plane, each vertex once.
using PlaneRing = std::vector<PlanePoint>;
// A part of a plane: its border counter-clockwise, then what is cut out of it, clockwise.
struct PlanePolygon {
  std::vector<PlaneRing> rings;
};
// Polygons that have no place in common.
using PlaneArea = std::vector<PlanePolygon>;

// Positive where it goes counter-clockwise.
double SignedM2(const PlaneRing& ring);
double AreaM2(const PlaneArea& area);
// Its centre of mass.  REQUIRES: its area is not 0.
PlanePoint CentroidOf(const PlaneArea& area);
bool Contains(const PlaneArea& area, PlanePoint place);

struct PlaneBox {
  double west_m = 0, south_m = 0, east_m = 0, north_m = 0;
  double square_m2() const { return (east_m - west_m) * (north_m - south_m); }
};
PlaneBox BoxOf(const PlaneRing& ring);  // REQUIRES: not empty
PlaneBox BoxOf(const PlaneArea& area);  // likewise

// What lies where x (along_y: y) is between two values, as one ring whose area is right: of a ring
// that is not convex it may go to and fro along the cut.
PlaneRing Strip(const PlaneRing& ring, double from_m, double to_m, bool along_y);
// Of two convex rings, both counter-clockwise; exact but for rounding.
double SharedOfConvexM2(const PlaneRing& a, const PlaneRing& b);
// Counter-clockwise, each vertex once (Andrew's monotone chain).
PlaneRing ConvexHull(PlaneRing places);

}  // namespace spoor
