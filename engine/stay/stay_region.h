#pragma once

#include <vector>

#include "geo/trajectory.h"

namespace spoor {

// Of the border of a region.  Longitudes count on where it goes over the antimeridian.
struct RegionVertex {
  double lon_deg, lat_deg;
};

// The region of a stay: the convex hull of its fixes, grown by a buffer; a disc for one fix, a
// capsule for two.  Its border, counter-clockwise, each vertex once; arcs are of steps of at most
// 11.25 degrees, with their vertices on the circle.
//
// REQUIRES: fixes is not empty, buffer_m > 0.
std::vector<RegionVertex> StayRegion(TrajectoryView fixes, double buffer_m);

}  // namespace spoor
