#pragma once

#include <vector>

#include "geo/local_plane.h"
#include "geo/trajectory.h"

namespace spoor {

// What lies between two places on a line, ends included.  A place is the index of a point and the
// share of the leg that begins there: 2.5 is half way from point 2 to point 3.  Times are those of
// the line, and in between where both ends of the leg have one.
// REQUIRES: 0 <= from_at <= to_at <= points - 1.
std::vector<Fix> SubLine(TrajectoryView fixes, double from_at, double to_at);
std::vector<PlanePoint> SubLine(PlaneView line, double from_at, double to_at);

}  // namespace spoor
